import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Env } from '../../src/app.ts';
import { DISCONNECTS } from '../../src/config/disconnects.ts';
import { streamOf } from '../../src/platform/stream.ts';
import { lines } from '../../src/protocols/centrifugo/emulation.ts';
import worker from '../support/worker.ts';
import { evict, ROOM } from './client.ts';
import { StreamReader } from './stream-reader.ts';

const PAGE = { Origin: 'https://app.example.com' };

function ask(path: string, init: RequestInit = {}) {
  return worker.fetch(
    new Request(`https://chat.example.com${path}`, { headers: PAGE, ...init }),
    env as unknown as Env,
  );
}

const post = (path: string, body: unknown) =>
  ask(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });

/** A client of Centrifugo's http_stream in a room of /streams, which has said hello. */
class Emulated {
  readonly #room: string;
  readonly stream: StreamReader;
  session = '';
  #id = 1;

  private constructor(room: string, stream: StreamReader) {
    this.#room = room;
    this.stream = stream;
  }

  static async connect(room: string): Promise<Emulated> {
    const answer = await post(`/streams/${room}/connection/http_stream`, { id: 1, connect: {} });
    const client = new Emulated(room, new StreamReader(answer, '\n'));
    client.session = ((await client.next()).connect as { session: string }).session;
    return client;
  }

  async next(): Promise<Record<string, unknown>> {
    return JSON.parse((await this.stream.next()) ?? 'null');
  }

  async say(command: object, room = this.#room): Promise<number> {
    const data = JSON.stringify({ id: ++this.#id, ...command });
    return (await post(`/streams/${room}/emulation`, { session: this.session, node: 'any', data })).status;
  }
}

async function listen(room: string, query: string, headers: Record<string, string> = {}) {
  const answer = await ask(`/streams/${room}/sse?${query}`, { headers: { ...PAGE, ...headers } });
  expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, 'text/event-stream']);
  const stream = new StreamReader(answer, '\n\n');
  expect(await stream.next()).toBe(':');
  return stream;
}

const members = (room: string) => ROOM.getByName(`streams/${room}`).list();
/** The id of the only member of a room. */
async function memberOf(room: string): Promise<string> {
  const [member] = await members(room);
  if (member === undefined) throw new Error('Nobody is there');
  return member.id;
}

const publish = (data: unknown, channel = 'a') => ({ publish: { channel, data } });

describe('a client of http_stream', () => {
  it('sends by requests of their own, and goes on after the room slept', async () => {
    const ada = await Emulated.connect('sleep');
    expect(await ada.say({ subscribe: { channel: 'a' } })).toBe(204);
    expect(await ada.next()).toMatchObject({ id: 2, subscribe: { recoverable: true } });
    await evict('streams/sleep');
    expect(await ada.say(publish('awake'))).toBe(204);
    const both = [await ada.next(), await ada.next()];
    expect(both).toContainEqual({ id: 3, publish: {} });
    expect(both).toContainEqual({ push: { channel: 'a', pub: expect.objectContaining({ data: 'awake', offset: 1 }) } });
  });

  it('has a session that is not what others know it by, and that leads to no other room', async () => {
    const ada = await Emulated.connect('secret');
    const id = await memberOf('secret');
    expect(ada.session).not.toContain(id);
    expect(JSON.stringify(await members('secret'))).not.toContain(ada.session);
    expect(await ada.say(publish(1), 'elsewhere')).toBe(404);
    ada.session = id;
    expect(await ada.say(publish(1))).toBe(404);
  });

  it('leaves the room when it goes away, and its session with it', async () => {
    const ada = await Emulated.connect('leave');
    expect(await members('leave')).toHaveLength(1);
    await ada.stream.cancel();
    await expect.poll(() => members('leave')).toEqual([]);
    await expect.poll(() => ada.say(publish(1))).toBe(404);
  });

  it('leaves the room when it goes away while that sleeps', async () => {
    const ada = await Emulated.connect('leave2');
    await evict('streams/leave2');
    await ada.stream.cancel();
    await expect.poll(() => members('leave2')).toEqual([]);
  });

  it('is told why the room closes, and then the stream ends', async () => {
    const ada = await Emulated.connect('close');
    const id = await memberOf('close');
    await ROOM.getByName('streams/close').disconnect({ connectionId: id }, DISCONNECTS.forceDisconnect);
    expect(await ada.next()).toEqual({ push: { disconnect: { code: 3503, reason: 'force disconnect' } } });
    expect(await ada.stream.next()).toBeNull();
  });

  it('is told nothing of a close that is none of the protocol', async () => {
    const ada = await Emulated.connect('close2');
    const id = await memberOf('close2');
    await ROOM.getByName('streams/close2').disconnect({ connectionId: id }, DISCONNECTS.messageRate);
    expect(await ada.stream.next()).toBeNull();
  });

  it('is disconnected for what costs others their socket too', async () => {
    const ada = await Emulated.connect('bad');
    const status = await post('/streams/bad/emulation', { session: ada.session, data: 'hello' });
    expect(status.status).toBe(204);
    expect(await ada.next()).toEqual({ push: { disconnect: { code: 3501, reason: 'bad request' } } });
  });
});

describe('a client of EventSource', () => {
  it('goes on after the room slept', async () => {
    const [stream, ada] = [await listen('events', 'channel=a'), await Emulated.connect('events')];
    const [, epoch] = ((await stream.next()) ?? '').split(':').slice(-2);
    await ada.say(publish('one'));
    expect(await stream.next()).toBe(`id: 1:${epoch}\ndata: one`);
    await evict('streams/events');
    await ada.say(publish({ two: 2 }));
    expect(await stream.next()).toBe(`id: 2:${epoch}\ndata: {"two":2}`);
  });

  it('gets what it missed when it comes back, though the room slept in between', async () => {
    const [stream, ada] = [await listen('back', 'channel=a'), await Emulated.connect('back')];
    const id = (await stream.next())?.replace('id: ', '') ?? '';
    await stream.cancel();
    for (const data of ['one', 'two']) await ada.say(publish(data));
    await evict('streams/back');
    const again = await listen('back', 'channel=a', { 'Last-Event-ID': id });
    expect([await again.next(), await again.next()]).toEqual([
      expect.stringContaining('data: one'),
      expect.stringContaining('data: two'),
    ]);
  });

  it('is a member as others are: it is counted, and on its channel', async () => {
    const stream = await listen('member', 'channel=plain:a');
    const ada = await Emulated.connect('member');
    expect(await members('member')).toMatchObject([{ protocol: 'sse' }, { protocol: 'centrifugo' }]);
    await ada.say({ presence_stats: { channel: 'plain:a' } });
    expect(await ada.next()).toMatchObject({ presence_stats: { num_clients: 1 } });
    await stream.cancel();
    await expect.poll(() => members('member')).toHaveLength(1);
  });

  it('is told why the room closes, and then the stream ends', async () => {
    const stream = await listen('end', 'channel=plain:a');
    const id = await memberOf('end');
    await ROOM.getByName('streams/end').disconnect({ connectionId: id }, DISCONNECTS.expired);
    expect(await stream.next()).toBe('event: disconnect\ndata: {"code":3005,"reason":"connection expired"}');
    expect(await stream.next()).toBeNull();
  });
});

describe('a stream', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A stream of what is sent at the room's end of a socket. */
  function open(maxBufferedBytes: number, signal = new AbortController().signal) {
    const { 0: edgeEnd, 1: roomEnd } = new WebSocketPair();
    const body = streamOf(edgeEnd, lines, { maxBufferedBytes, keepAliveSeconds: 25 }, signal);
    roomEnd.accept();
    const closed = new Promise<CloseEvent>((resolve) => roomEnd.addEventListener('close', resolve));
    return { stream: new StreamReader({ body }, '\n'), roomEnd, closed };
  }

  it('shows every 25 seconds that it is there, and no longer once it has ended', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { stream, roomEnd, closed } = open(1000);
    vi.advanceTimersByTime(24_999);
    roomEnd.send('before');
    expect(await stream.next()).toBe('before');
    vi.advanceTimersByTime(1);
    expect(await stream.next()).toBe('{}');
    vi.advanceTimersByTime(25_000);
    expect(await stream.next()).toBe('{}');
    roomEnd.close(1000);
    expect([await stream.next(), (await closed).code]).toEqual([null, 1000]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('closes the socket when the request is aborted, whoever tells of that', async () => {
    const controller = new AbortController();
    const { closed } = open(1000, controller.signal);
    controller.abort();
    expect((await closed).code).toBe(1001);
  });

  it('lets as much wait as the route says, and is ended by one message more', async () => {
    const { stream, roomEnd, closed } = open(20);
    for (const message of ['123456789', '123456789', '1', 'over']) roomEnd.send(message);
    expect(await closed).toMatchObject({ code: 3008, reason: 'slow' });
    await expect(stream.next()).rejects.toThrow('slow');
  });

  it('brings all that waits, and why the room closes, however much that is', async () => {
    const { stream, roomEnd, closed } = open(20);
    for (const message of ['123456789', '123456789', '1']) roomEnd.send(message);
    roomEnd.close(3503, 'over');
    await closed;
    for (const message of ['123456789', '123456789', '1']) expect(await stream.next()).toBe(message);
    expect(await stream.next()).toBe('{"push":{"disconnect":{"code":3503,"reason":"over"}}}');
    expect(await stream.next()).toBeNull();
  });

  it('takes what was sent as long as it is read', async () => {
    const { stream, roomEnd } = open(20);
    for (const message of ['123456789', '123456789', '1']) roomEnd.send(message);
    expect([await stream.next(), await stream.next(), await stream.next()]).toEqual(['123456789', '123456789', '1']);
    roomEnd.send('more');
    expect(await stream.next()).toBe('more');
  });
});

describe('a refusal', () => {
  it.each([
    ['/narrow/a/connection/sse', 'GET', '', 400, 'ERR_CONNECT_COMMAND'],
    ['/narrow/a/connection/http_stream', 'POST', 'x'.repeat(257), 413, 'ERR_MESSAGE_TOO_LARGE'],
    ['/narrow/a/sse?channel=no:a', 'GET', '', 404, 'ERR_CHANNEL_UNKNOWN'],
    ['/narrow/a/sse', 'POST', '', 405, 'ERR_METHOD_NOT_ALLOWED'],
    ['/narrow/a/emulation', 'POST', '', 400, 'ERR_EMULATION_REQUEST'],
    ['/narrow/a/emulation', 'POST', '{"session":"a","data":"x"}', 404, 'ERR_SESSION_UNKNOWN'],
    ['/narrow/a/emulation', 'POST', 'x'.repeat(3 * 256 + 1025), 413, 'ERR_MESSAGE_TOO_LARGE'],
    ['/narrow/%00/sse', 'GET', '', 400, 'ERR_ROOM_NAME'],
  ])('can be read by pages that may connect: %s', async (path, method, body, status, code) => {
    const Origin = 'http://app.example';
    const answer = await ask(path, { method, headers: { Origin }, body: method === 'GET' ? undefined : body });
    const { code: told } = await answer.json<{ code: string }>();
    expect([answer.status, told, answer.headers.get('Access-Control-Allow-Origin')]).toEqual([status, code, Origin]);
  });

  it('can be read by no others', async () => {
    const answer = await ask('/narrow/a/sse', { headers: { Origin: 'http://evil.example' } });
    expect([answer.status, answer.headers.get('Access-Control-Allow-Origin')]).toEqual([403, null]);
  });

  it('of a full room is as an upgrade gets it', async () => {
    const headers = { Origin: 'http://app.example' };
    const streams = [await ask('/narrow/full/sse', { headers }), await ask('/narrow/full/sse', { headers })];
    const third = await ask('/narrow/full/sse', { headers });
    expect([...streams, third].map(({ status }) => status)).toEqual([200, 200, 503]);
    expect(third.headers.get('Retry-After')).toBe('10');
    expect(third.headers.get('Access-Control-Allow-Origin')).toBe('http://app.example');
    await Promise.all(streams.map(({ body }) => body?.cancel()));
  });

  it('is given to an upgrade, which there is nothing to do with', async () => {
    const answer = await ask('/streams/a/sse', { headers: { Upgrade: 'websocket' } });
    expect([answer.status, answer.headers.get('Signalbox-Error')]).toEqual([400, 'ERR_HTTP_ONLY']);
  });
});
