import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawSocket } from '../support/raw-socket.ts';
import { connectionsIn, type Router, startRouter } from '../support/router.ts';
import { callServer } from '../support/server-api.ts';
import { SECRETS } from '../support/tokens-for-table.ts';

let router: Router;
beforeAll(async () => {
  router = await startRouter('test', SECRETS);
});
afterAll(() => router.stop());

const CONNECT = '{"id":1,"connect":{}}';
const url = (path: string) => `http://${router.host}${path}`;

interface Stream {
  /** The next text that comes, of any length. */
  read(): Promise<string>;
  leave(): void;
}

async function open(path: string, init: RequestInit = {}): Promise<Stream> {
  const controller = new AbortController();
  const { status, body } = await fetch(url(path), { ...init, signal: controller.signal });
  expect(status).toBe(200);
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  return { read: async () => (await reader?.read())?.value ?? '', leave: () => controller.abort() };
}

/** A client of one of Centrifugo's streams that is on the default channel. */
async function openCentrifugo(room: string, opened: Promise<Stream>): Promise<Stream> {
  const stream = await opened;
  const until = async (text: string) => {
    let read = '';
    while (!read.includes(text)) read += await stream.read();
    return read;
  };
  const [, session] = /"session":"([^"]+)"/.exec(await until('"session"')) ?? [];
  const body = JSON.stringify({ session, data: '{"id":2,"subscribe":{"channel":"main"}}' });
  await fetch(url(`${room}/emulation`), { method: 'POST', body });
  await until('"id":2');
  return stream;
}

/** A client of each stream that gets what is published on the default channel of a room. */
const STREAMS: [name: string, listen: (room: string) => Promise<Stream>][] = [
  [
    'http_stream',
    (room) => openCentrifugo(room, open(`${room}/connection/http_stream`, { method: 'POST', body: CONNECT })),
  ],
  ['sse', (room) => openCentrifugo(room, open(`${room}/connection/sse?cf_connect=${encodeURIComponent(CONNECT)}`))],
  ['EventSource', (room) => open(`${room}/sse`)],
];

async function countMembers(room: string): Promise<number> {
  return (await connectionsIn(router, room.slice(1))).length;
}

async function publish(room: string, data: unknown): Promise<void> {
  expect((await callServer(`${router.host}${room}`, 'publish', { channel: 'main', data })).status).toBe(200);
}

describe.each(STREAMS)('a client of %s that goes away', (name, listen) => {
  it('is a member no more once something would be written to it', async () => {
    const room = `/streams/away-${name}`;
    const [stays, goes] = [await listen(room), await listen(room)];
    expect(await countMembers(room)).toBe(2);
    goes.leave();
    // The runtime sees that nobody reads any more when it writes, and not before.
    const writeAndCount = async () => {
      await publish(room, 'hello');
      return countMembers(room);
    };
    await expect.poll(writeAndCount).toBe(1);
    stays.leave();
    await expect.poll(writeAndCount).toBe(0);
  });
});

it('finds out by a sign of life who went away, where nothing is said', { timeout: 60_000 }, async () => {
  const room = '/streams/silent';
  for (const [, listen] of STREAMS) (await listen(room)).leave();
  await expect.poll(() => countMembers(room), { timeout: 50_000, interval: 500 }).toBe(0);
});

it('ends the stream of a client that does not read, and nobody waits for it', async () => {
  const room = '/narrow/slow';
  const slow = await RawSocket.open(router.port);
  slow.pause();
  slow.write(`GET ${room}/sse HTTP/1.1\r\nHost: a\r\n\r\n`);
  await expect.poll(() => countMembers(room)).toBe(1);
  const quick = await open(`${room}/sse`);
  const [kilobytes, count] = [64, 200];
  const received = (async () => {
    for (let bytes = 0; bytes < count * kilobytes * 1024; ) bytes += (await quick.read()).length;
  })();
  for (let i = 0; i < count; i++) await publish(room, 'x'.repeat(kilobytes * 1024));
  await received;
  await expect.poll(() => countMembers(room)).toBe(1);
  slow.destroy();
  quick.leave();
});
