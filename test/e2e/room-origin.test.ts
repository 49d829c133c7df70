import { once } from 'node:events';
import { Centrifuge } from 'centrifuge';
import { EventSource } from 'eventsource';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import WebSocket, { type ClientOptions } from 'ws';
import { type Router, startRouter } from '../support/router.ts';
import { SocketOrigin } from '../support/socket-origin.ts';

const UP = '{"origin":"up"}';
const DOWN = '{"origin":"down"}';

let origin: SocketOrigin;
let router: Router;
beforeAll(async () => {
  origin = await SocketOrigin.open();
  const base = { url: `ws://127.0.0.1:${origin.port}/live/:room?v=1`, minRetryMs: 20, maxRetryMs: 50 };
  const route = (path: string, more: object = {}, rest: object = {}) => ({
    path: `/${path}/:room`,
    target: { kind: 'room', room: `${path}/:room`, origin: { ...base, ...more }, ...rest },
  });
  const secret = (value: string) => ({ secret: { header: 'X-Router', value } });
  const routes = [
    route('quiet'),
    route('told', { announce: true }),
    route('signed', { sender: true }),
    route('vouched', { ...secret('ROUTER_SECRET'), protocol: 'feed.v1' }),
    route('unset', { ...secret('NOT_SET'), announce: true }),
    route('impatient', { connectTimeoutMs: 50, announce: true }),
    route('tight', { maxQueuedBytes: 129, announce: true }),
    route('all', {}, { protocols: ['raw', 'centrifugo', 'sse'], namespaces: { '': { historySize: 10 } } }),
    { ...route('narrow-feed'), limits: { maxMessageBytes: 4 } },
  ];
  router = await startRouter('test', { ROUTES: JSON.stringify(routes), ROUTER_SECRET: 'open sesame' });
});
afterAll(async () => {
  await router.stop();
  await origin.kill();
});

/** What is so before long, also on a busy machine. */
function soon<T>(get: () => T) {
  return expect.poll(get, { timeout: 10_000 });
}

/** A bare socket in a room, and what it has got. */
class Member {
  readonly socket: WebSocket;
  readonly got: (string | Buffer)[] = [];

  constructor(path: string, options: ClientOptions = {}) {
    this.socket = new WebSocket(`ws://${router.host}${path}`, options);
    this.socket.on('message', (data, binary) => this.got.push(binary ? (data as Buffer) : String(data)));
  }

  static async join(path: string): Promise<Member> {
    const member = new Member(path);
    await once(member.socket, 'open');
    members.push(member);
    return member;
  }
}

/** Whoever a test has let in leaves when it is over, so that no room dials the origin of the next test. */
let members: Member[] = [];
beforeEach(() => {
  members = [];
});
afterEach(async () => {
  const gone = members.filter(({ socket }) => socket.readyState !== WebSocket.CLOSED);
  await Promise.all(
    gone.map(({ socket }) => {
      const closed = once(socket, 'close');
      socket.close();
      return closed;
    }),
  );
});

/** A member of a room, and the far end of its room's connection. */
async function joinFirst(path: string): Promise<{ ada: Member; far: WebSocket }> {
  const accepted = origin.next();
  const ada = await Member.join(path);
  return { ada, far: await accepted };
}

describe('a room in front of an origin', () => {
  it('has one connection for all members, on which both ways are open', async () => {
    const before = origin.connections.length;
    const { ada, far } = await joinFirst('/quiet/one');
    const ben = await Member.join('/quiet/one');
    const bytes = Buffer.from([0, 255]);
    ada.socket.send('from ada');
    ben.socket.send(bytes);
    far.send('from afar');
    // The origin gives back what it gets.
    const all = ['from ada', bytes, 'from afar'];
    for (const { got } of [ada, ben]) {
      await soon(() => got.length).toBe(3);
      expect(got).toEqual(expect.arrayContaining(all));
    }
    expect(origin.connections.length).toBe(before + 1);
    expect(origin.last.url).toBe('/live/one?v=1');
  });

  it('carries messages of every size', async () => {
    const { ada } = await joinFirst('/quiet/sizes');
    const messages = [0, 1, 126, 65_536, 1024 * 1024].flatMap((size) => ['x'.repeat(size), Buffer.alloc(size, 0xfe)]);
    for (const message of messages) ada.socket.send(message);
    await soon(() => ada.got.length).toBe(messages.length);
    expect(ada.got).toEqual(messages);
  });

  it('shows the origin its secret and its subprotocol, and nothing of a client', async () => {
    await joinFirst('/vouched/a');
    const { headers } = origin.last;
    expect(headers).toMatchObject({ 'x-router': 'open sesame', 'sec-websocket-protocol': 'feed.v1' });
    expect(Object.keys(headers).filter((name) => /forwarded|origin|cookie|signalbox/.test(name))).toEqual([]);
  });

  it('says who sends, where that is asked for', async () => {
    const { ada } = await joinFirst('/signed/a');
    ada.socket.send('hello');
    await soon(() => ada.got.length).toBe(1);
    expect(JSON.parse(String(ada.got[0]))).toEqual({
      connection: expect.stringMatching(/^[\w-]{36}$/),
      user: null,
      data: 'hello',
    });
  });

  it('leaves the origin with its last member, and dials it again for the next one', async () => {
    const { ada, far } = await joinFirst('/quiet/leave');
    const ben = await Member.join('/quiet/leave');
    const closed = once(far, 'close');
    ada.socket.close();
    await once(ada.socket, 'close');
    ben.socket.send('still here');
    await soon(() => ben.got).toEqual(['still here']);
    ben.socket.close();
    expect((await closed)[0]).toBe(1000);
    await joinFirst('/quiet/leave');
  });

  it('delivers the last words of a member that leaves at once', async () => {
    const accepted = origin.next();
    const ada = await Member.join('/quiet/hasty');
    ada.socket.send('and goodbye');
    ada.socket.close();
    const far = await accepted;
    const [heard, [code]] = await Promise.all([once(far, 'message'), once(far, 'close')]);
    expect([String(heard[0]), code]).toEqual(['and goodbye', 1000]);
  });

  it('holds members to the limits of their route, and not the origin', async () => {
    const { ada, far } = await joinFirst('/narrow-feed/a');
    const ben = await Member.join('/narrow-feed/a');
    far.send('larger than four');
    await soon(() => ada.got).toEqual(['larger than four']);
    const closed = once(ada.socket, 'close');
    ada.socket.send('large');
    expect((await closed)[0]).toBe(1009);
    ben.socket.send('four');
    await soon(() => ben.got).toEqual(['larger than four', 'four']);
  });
});

describe('an origin that goes away', () => {
  it('leaves the members where they are: they are told, and go on when it is back', async () => {
    const { ada } = await joinFirst('/told/killed');
    await soon(() => ada.got).toEqual([UP]);
    await origin.kill();
    await soon(() => ada.got).toEqual([UP, DOWN]);
    for (const message of ['one', 'two', 'three']) ada.socket.send(message);
    const ben = await Member.join('/told/killed');
    await soon(() => ben.got).toEqual([DOWN]);
    await origin.revive();
    await soon(() => ada.got).toEqual([UP, DOWN, UP, 'one', 'two', 'three']);
    expect(ben.got).toEqual([DOWN, UP, 'one', 'two', 'three']);
  });

  it.each([
    ['closes with 1000', (far: WebSocket) => far.close(1000)],
    ['closes with a code of its own', (far: WebSocket) => far.close(4001, 'later')],
    ['closes without a code', (far: WebSocket) => far.close()],
    ['just ends', (far: WebSocket) => far.terminate()],
    ['sends more than the runtime takes', (far: WebSocket) => far.send(Buffer.alloc(33 * 1024 * 1024))],
  ])('is dialled again where it %s', async (how, end) => {
    const { ada, far } = await joinFirst(`/told/${encodeURIComponent(how)}`);
    await soon(() => ada.got).toEqual([UP]);
    end(far);
    await soon(() => ada.got).toEqual([UP, DOWN, UP]);
    ada.socket.send('on we go');
    await soon(() => ada.got.slice(3)).toEqual(['on we go']);
  });

  it.each([401, 404, 503])('is asked again where it refuses with %i', async (status) => {
    let refused = 0;
    origin.admit = () => (++refused > 3 ? null : status);
    const ada = await Member.join(`/told/${status}`);
    ada.socket.send('patience');
    await soon(() => ada.got).toEqual([DOWN, UP, 'patience']);
    expect(refused).toBe(4);
    origin.admit = () => null;
  });

  it('gets what was sent while it took its time', async () => {
    const { promise, resolve } = Promise.withResolvers<null>();
    origin.admit = () => promise;
    const ada = await Member.join('/told/slow');
    const messages = Array.from({ length: 20 }, (_, i) => `${i}`);
    for (const message of messages) ada.socket.send(message);
    const ben = await Member.join('/told/slow');
    resolve(null);
    await soon(() => ben.got).toEqual([UP, ...messages]);
    origin.admit = () => null;
  });

  it('is given up where it takes too much time, and asked again', async () => {
    let asked = 0;
    origin.admit = () => (++asked > 1 ? null : new Promise(() => {}));
    const ada = await Member.join('/impatient/a');
    await soon(() => ada.got).toEqual([DOWN, UP]);
    origin.admit = () => null;
  });

  it('is one to whom nobody can be shown in where the secret is missing', async () => {
    const before = origin.seen.length;
    const ada = await Member.join('/unset/a');
    await soon(() => ada.got).toEqual([DOWN]);
    expect(origin.seen.length).toBe(before);
  });

  it('costs those the connection who send more than may wait', async () => {
    origin.admit = () => 503;
    const ada = await Member.join('/tight/a');
    const ben = await Member.join('/tight/a');
    const closed = once(ada.socket, 'close');
    for (const message of ['a', 'b']) ada.socket.send(message);
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([1013, 'origin unavailable']);
    origin.admit = () => null;
    await soon(() => ben.got.slice(-2)).toEqual([UP, 'a']);
  });
});

it('speaks with Centrifugo’s clients and EventSource, which get what they missed', async () => {
  const { ada, far } = await joinFirst('/all/a');
  const client = new Centrifuge(`ws://${router.host}/all/a/connection/websocket`, { websocket: WebSocket });
  const [main, state] = [client.newSubscription('main'), client.newSubscription('$origin')];
  const heard: unknown[] = [];
  for (const subscription of [main, state]) {
    subscription.on('publication', ({ channel, data }) => heard.push([channel, data]));
    subscription.subscribe();
  }
  client.connect();
  await Promise.all([main.ready(), state.ready()]);
  await main.publish({ from: 'centrifugo' });
  await soon(() => ada.got).toEqual(['{"from":"centrifugo"}']);
  far.send('news');
  await soon(() => heard).toEqual([
    ['main', { from: 'centrifugo' }],
    ['main', 'news'],
  ]);
  expect(await client.rpc('$origin', null)).toEqual({ data: { origin: 'up' } });

  const events = new EventSource(`http://${router.host}/all/a/sse?since=0`);
  const seen: string[] = [];
  events.onmessage = ({ data }) => seen.push(data);
  await soon(() => seen).toEqual(['{"from":"centrifugo"}', 'news']);
  far.send('more');
  await soon(() => seen).toHaveLength(3);
  events.close();

  far.terminate();
  await soon(() => heard.slice(3)).toEqual([
    ['$origin', { origin: 'down' }],
    ['$origin', { origin: 'up' }],
  ]);
  client.disconnect();
});
