/** The application servers of GRIP's own libraries, unmodified, behind the router. */
import { Centrifuge, type PublicationContext } from 'centrifuge';
import { EventSource } from 'eventsource';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { signGrip } from '../../src/grip/signature.ts';
import { GripServer, HttpResponseFormat, HttpStreamFormat, WebSocketMessageFormat } from '../support/grip-server.ts';
import { Listener } from '../support/listener.ts';
import { connectionsIn, type Router, startRouter } from '../support/router.ts';
import { SECRETS } from '../support/tokens-for-table.ts';

const WORD = 'a-key-of-some-length-for-GRIP';
/** What the library makes of the key. */
let KEY_TOKEN: string;

let server: GripServer;
let router: Router;
let listeners: Listener[] = [];
beforeAll(async () => {
  server = await GripServer.open();
  KEY_TOKEN = await signGrip({ issuer: 'anybody', key: WORD }, Date.now());
  const target = { kind: 'grip', url: server.url, key: 'GRIP_KEY', issuer: 'edge', publish: 'GRIP_KEY' };
  const limits = { retryMs: 10, retryRandomMs: 0, maxRetries: 10, maxBufferBytes: 1000 };
  const routes = [
    { path: '/app/*', target: { ...target, protocols: ['centrifugo', 'sse'], limits }, origins: 'any' },
    { path: '/one', target: { ...target, url: `${server.url}/elsewhere?a=1`, room: 'one' } },
  ];
  router = await startRouter('test', { ...SECRETS, GRIP_KEY: WORD, ROUTES: JSON.stringify(routes) });
});
beforeEach(() => {
  server.seen.length = 0;
  server.ends.length = 0;
  server.beforeAnswer = () => {};
  server.configure({ control_uri: `http://${router.host}/app`, control_iss: 'anybody', key: WORD });
});
afterEach(async () => {
  for (const { socket } of listeners) socket.terminate();
  listeners = [];
  // Nothing of one test is told in the next.
  await expect.poll(() => [...server.connections], { timeout: 10_000 }).toEqual([]);
  await expect.poll(members, { timeout: 10_000 }).toEqual([]);
});
afterAll(async () => {
  await router.stop();
  await server.kill();
});

async function connect(path: string, protocols: string[] = []): Promise<Listener> {
  const listener = await Listener.open(`ws://${router.host}${path}`, protocols);
  listeners.push(listener);
  return listener;
}

/** What was sent before has arrived: the answer to a ping comes behind it. */
function pinged({ socket }: Listener): Promise<unknown> {
  const answered = new Promise((resolve) => socket.once('pong', resolve));
  socket.ping();
  return answered;
}

/** What an answer brings, line by line; null at its end. */
function linesOf({ body }: Response): { next(): Promise<string | null>; cancel(): Promise<void> } {
  if (body === null) throw new TypeError('The answer has no body');
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  const next = async () => {
    while (!text.includes('\n')) {
      const { done, value } = await reader.read();
      if (done) return null;
      text += decoder.decode(value, { stream: true });
    }
    const [line = '', ...rest] = text.split('\n');
    text = rest.join('\n');
    return line;
  };
  return { next, cancel: () => reader.cancel() };
}

const http = (path: string, init: RequestInit = {}) => fetch(`http://${router.host}${path}`, init);

/** Publishes without a library. */
function publish(body: unknown, authorization = `Bearer ${KEY_TOKEN}`, path = '/app/publish'): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return http(path, { method: 'POST', headers: { Authorization: authorization }, body: text });
}

const publishOne = (format: object) => publish({ items: [{ channel: 'room', formats: { 'ws-message': format } }] });

/** Who is in the room of `/app/*`. */
const members = () => connectionsIn(router, '/app/*');

describe('a WebSocket', () => {
  it('is talked with by requests: text and bytes, each answered, in order', async () => {
    const ada = await connect('/app/ws?hello=hi');
    expect(await ada.next()).toBe('hi');
    expect(await ada.ask('é')).toBe('é');
    expect(await ada.ask(Buffer.from([0, 255]))).toEqual(Buffer.from([0, 255]));
    expect(server.seen.map(({ method, url, signed }) => [method, url, signed])).toEqual(
      Array(3).fill(['POST', '/ws?hello=hi', true]),
    );
    expect(new Set(server.seen.map(({ headers }) => headers['connection-id'])).size).toBe(1);
  });

  it('is asked for at the URL of the target, with its query and that of the request', async () => {
    const ada = await connect('/one?hello=b');
    expect(await ada.next()).toBe('b');
    expect(server.seen[0]?.url).toBe('/elsewhere?a=1&hello=b');
  });

  it('gets the subprotocol that the application server chose', async () => {
    const ada = await connect('/app/ws?protocol=b', ['a', 'b']);
    expect(ada.socket.protocol).toBe('b');
    expect(server.seen[0]?.headers['sec-websocket-protocol']).toBe('a, b');
  });

  it('carries the headers of its client with every request, but for those that only a router may say', async () => {
    const headers = { Cookie: 'a=b', 'Meta-Count': '41', 'Grip-Sig': 'forged', 'X-Forwarded-For': '192.0.2.1' };
    const ada = await Listener.open(`ws://${router.host}/app/ws`, [], { headers });
    listeners.push(ada);
    expect(await ada.ask('count')).toBe('1');
    for (const seen of server.seen) {
      expect([seen.headers.cookie, seen.headers['x-forwarded-for'], seen.signed]).toEqual(['a=b', '127.0.0.1', true]);
    }
  });

  it('keeps what the application server remembers with it', async () => {
    const [ada, ben] = [await connect('/app/ws'), await connect('/app/ws')];
    expect([await ada.ask('count'), await ada.ask('count'), await ben.ask('count')]).toEqual(['1', '2', '1']);
  });

  it('is refused with what the application server answers', async () => {
    const refusal = new Promise<{ status: number | undefined; why: unknown; body: string }>((resolve) => {
      const socket = new WebSocket(`ws://${router.host}/app/ws?refuse=403`);
      socket.on('unexpected-response', async (_, response) => {
        const [body] = (await response.toArray()) as Buffer[];
        resolve({ status: response.statusCode, why: response.headers['x-why'], body: String(body) });
      });
    });
    expect(await refusal).toEqual({ status: 403, why: 'not you', body: 'Go away.\n' });
    expect(await members()).toEqual([]);
  });

  it('tells in one request what came while another one was answered', async () => {
    const ada = await connect('/app/ws');
    const gate = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    server.beforeAnswer = () => {
      asked.resolve();
      return gate.promise;
    };
    ada.send('1');
    await asked.promise;
    for (const message of ['2', '3', '4']) ada.send(message);
    await expect.poll(() => server.seen.length).toBe(2);
    // What was sent last is in the room once it answers this, which is no message.
    await pinged(ada);
    gate.resolve();
    for (const message of ['1', '2', '3', '4']) expect(await ada.next()).toBe(message);
    expect(server.seen).toHaveLength(3);
  });

  it('is closed by the application server, with its code', async () => {
    const ada = await connect('/app/ws');
    expect(await ada.ask('bye 4001')).toEqual({ code: 4001, reason: '' });
    const ben = await connect('/app/ws');
    expect(await ben.ask('bye 0')).toEqual({ code: 1005, reason: '' });
  });

  it('tells the application server of its close, and of its loss', async () => {
    const [ada, ben] = [await connect('/app/ws'), await connect('/app/ws')];
    ada.socket.close(3001);
    expect(await ada.next()).toEqual({ code: 3001, reason: '' });
    await expect.poll(() => server.ends).toEqual(['closed 3001']);
    ben.socket.terminate();
    await expect.poll(() => server.ends).toEqual(['closed 3001', 'disconnected']);
    await expect.poll(members).toEqual([]);
  });

  it('is closed where its client sends more than can wait for the application server', async () => {
    const ada = await connect('/app/ws');
    const gate = Promise.withResolvers<void>();
    server.beforeAnswer = () => gate.promise;
    ada.send('x'.repeat(500));
    ada.send('x'.repeat(600));
    expect(await ada.next()).toEqual({ code: 1008, reason: 'buffer full' });
    gate.resolve();
  });
});

describe('an application server that goes away', () => {
  it('gets what came meanwhile once it is back, once', async () => {
    const ada = await connect('/app/ws');
    expect(await ada.ask('before')).toBe('before');
    await server.kill();
    ada.send('during');
    await pinged(ada);
    await server.revive();
    expect(await ada.next()).toBe('during');
    expect(await ada.ask('count')).toBe('1');
    expect(server.seen).toHaveLength(4);
  });

  it('costs the connection where it had the request already', async () => {
    const ada = await connect('/app/ws');
    server.beforeAnswer = () => server.kill();
    expect(await ada.ask('poison')).toEqual({ code: 1011, reason: 'service failed' });
    server.beforeAnswer = () => {};
    await server.revive();
    const ben = await connect('/app/ws');
    expect(await ben.ask('after')).toBe('after');
  });

  it('is told of to who wants in', async () => {
    await server.kill();
    const refused = connect('/app/ws');
    await expect(refused).rejects.toThrow('502');
    const answer = await http('/app/page');
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
      502,
      'ERR_UPSTREAM_UNREACHABLE',
    ]);
    await server.revive();
  });
});

describe('a channel', () => {
  it('brings what the application server publishes to all who are on it', async () => {
    const [ada, ben, cleo] = await Promise.all(
      ['room', 'room', 'other'].map((name) => connect(`/app/ws?channel=${name}`)),
    );
    ada?.send('publish hello, room');
    expect(await ada?.next()).toBe('hello, room');
    expect(await ben?.next()).toBe('hello, room');
    expect(await cleo?.ask('nothing before this')).toBe('nothing before this');
  });

  it('is left and come back to as the application server says', async () => {
    const ada = await connect('/app/ws');
    ada.send('subscribe room');
    expect(await ada.ask('subscribed')).toBe('subscribed');
    expect(await ada.ask('publish 1')).toBe('1');
    ada.send('unsubscribe room');
    expect(await ada.ask('unsubscribed')).toBe('unsubscribed');
    ada.send('publish 2');
    expect(await ada.ask('nothing before this')).toBe('nothing before this');
  });

  it('is the same for clients of other protocols, both ways', async () => {
    const ada = await connect('/app/ws?channel=room:1');
    const client = new Centrifuge(`ws://${router.host}/app/connection/websocket`, { websocket: WebSocket });
    const subscription = client.newSubscription('room:1');
    const subscribed = new Promise((resolve) => subscription.once('subscribed', resolve));
    const source = new EventSource(`http://${router.host}/app/sse?channel=room:1`);
    const listening = new Promise((resolve) => source.addEventListener('open', resolve));
    subscription.subscribe();
    client.connect();
    await Promise.all([subscribed, listening]);
    const heard = () => new Promise((resolve) => source.addEventListener('message', ({ data }) => resolve(data)));
    const got = () =>
      new Promise((resolve) => subscription.once('publication', ({ data }: PublicationContext) => resolve(data)));
    const [first, event] = [got(), heard()];
    await server.publisher.publishFormats('room:1', new WebSocketMessageFormat('from the server'));
    expect([await ada.next(), await first, await event]).toEqual(Array(3).fill('from the server'));
    await subscription.publish({ from: 'Centrifugo' });
    expect(await ada.next()).toBe('{"from":"Centrifugo"}');
    client.disconnect();
    source.close();
  });

  it('brings bytes as bytes', async () => {
    const ada = await connect('/app/ws?channel=room');
    await server.publisher.publishFormats('room', new WebSocketMessageFormat(new Uint8Array([0, 255])));
    expect(await ada.next()).toEqual(Buffer.from([0, 255]));
  });

  it('goes on for who is detached, of whom the application server hears no more', async () => {
    const ada = await connect('/app/ws?channel=room');
    ada.send('detach');
    await expect.poll(() => server.ends).toEqual(['closed null']);
    ada.send('to nobody');
    await pinged(ada);
    await server.publisher.publishFormats('room', new WebSocketMessageFormat('still here'));
    expect(await ada.next()).toBe('still here');
    expect(server.seen).toHaveLength(3);
  });

  it('closes those who are on it, and has the application server asked about them', async () => {
    const ada = await connect('/app/ws?channel=room');
    expect(await ada.ask('hi')).toBe('hi');
    await publishOne({ action: 'refresh' });
    await expect.poll(() => server.seen.length).toBe(3);
    await publishOne({ action: 'close', code: 4002, reason: 'over' });
    expect(await ada.next()).toEqual({ code: 4002, reason: 'over' });
  });
});

describe('POST /publish', () => {
  const nothing = { items: [] };

  it.each([
    ['a token of the key', () => `Bearer ${KEY_TOKEN}`, '/app/publish'],
    ['the key', () => `Bearer ${WORD}`, '/app/publish/'],
    ['the key as a password', () => `Basic ${btoa(`anybody:${WORD}`)}`, '/one/publish/'],
  ])('takes %s', async (_, authorization, path) => {
    const answer = await publish(nothing, authorization(), path);
    expect([answer.status, await answer.text()]).toEqual([200, 'Published\n']);
  });

  it.each([
    ['no key', nothing, '', 401, 'ERR_API_KEY'],
    ['another key', nothing, 'Bearer other', 401, 'ERR_API_KEY'],
    ['no items', {}, undefined, 400, 'ERR_API_REQUEST'],
    ['no JSON', '{', undefined, 400, 'ERR_API_REQUEST'],
    ['too much', 'x'.repeat(1_200_000), undefined, 413, 'ERR_API_BODY_TOO_LARGE'],
  ])('refuses %s', async (_, body, authorization, status, code) => {
    const answer = await publish(body, authorization);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([status, code]);
  });

  it('says what is wrong, and takes nothing but POST', async () => {
    const answer = await publish({ items: [{ channel: 'a', formats: {} }] });
    expect(await answer.json()).toMatchObject({ mistakes: ['Invalid format: items.0.formats: no format is given'] });
    expect((await http('/app/publish')).status).toBe(405);
  });
});

describe('a plain request', () => {
  it('goes to the application server as it came, but for what only a router may say', async () => {
    const headers = { 'Meta-User': 'ada', 'Grip-Sig': 'forged', 'X-A': 'b', 'X-Forwarded-For': '192.0.2.1' };
    const answer = await http('/app/a/b%2Fc?d=e', { method: 'PUT', headers, body: 'body' });
    const { headers: seen, ...rest } = (await answer.json()) as { headers: Record<string, string> };
    expect(rest).toEqual({ method: 'PUT', url: '/a/b%2Fc?d=e', body: 'body' });
    expect([seen['meta-user'], seen['x-a'], seen['x-forwarded-for']]).toEqual([undefined, 'b', '127.0.0.1']);
    expect(server.seen[0]?.signed).toBe(true);
  });

  it('is held open as a stream, to which is added what is published', async () => {
    const answer = await http('/app/stream');
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, 'text/plain']);
    expect([...answer.headers.keys()].filter((name) => name.startsWith('grip-'))).toEqual([]);
    const body = linesOf(answer);
    expect(await body.next()).toBe('hello');
    expect(await members()).toMatchObject([{ protocol: 'held' }]);
    await server.publisher.publishFormats('room', new WebSocketMessageFormat('for sockets'));
    for (const content of ['one\n', new TextEncoder().encode('two\n')]) {
      await server.publisher.publishHttpStream('room', new HttpStreamFormat(content));
    }
    expect([await body.next(), await body.next()]).toEqual(['one', 'two']);
    await server.publisher.publishHttpStream('room', new HttpStreamFormat(null, true));
    expect(await body.next()).toBeNull();
    await expect.poll(members).toEqual([]);
  });

  it('is kept alive as the application server asks', async () => {
    const answer = await http('/app/stream?keep=1');
    const body = linesOf(answer);
    expect([await body.next(), await body.next(), await body.next()]).toEqual(['hello', 'still here', 'still here']);
    await body.cancel();
    // A workerd of one's own sees that a client has left by what is written to it.
    await expect.poll(members, { timeout: 10_000 }).toEqual([]);
  });

  it('is held open until something is published, which is the answer', async () => {
    const asked = http('/app/poll');
    await expect.poll(members).toMatchObject([{ protocol: 'held' }]);
    const headers = { 'Content-Type': 'text/csv', 'X-B': 'c' };
    await server.publisher.publishHttpResponse('room', new HttpResponseFormat({ code: '201', headers, body: 'new' }));
    const answer = await asked;
    expect([answer.status, answer.headers.get('X-B'), await answer.text()]).toEqual([201, 'c', 'new']);
    await expect.poll(members).toEqual([]);
  });

  it('is answered as the application server said where nothing is published in time', async () => {
    const answer = await http('/app/poll?timeout=1');
    expect([answer.status, await answer.text()]).toEqual([200, 'nothing new\n']);
  });
});
