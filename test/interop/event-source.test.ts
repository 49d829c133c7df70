import { EventSource } from 'eventsource';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Router, startRouter } from '../support/router.ts';
import { callServer } from '../support/server-api.ts';
import { startRelay, type TcpRelay } from '../support/tcp-relay.ts';
import { SECRETS, signToken } from '../support/tokens-for-table.ts';

let router: Router;
let relay: TcpRelay;
let sources: EventSource[] = [];
beforeAll(async () => {
  router = await startRouter('test', SECRETS);
  relay = await startRelay(router.port);
});
afterEach(() => {
  for (const source of sources) source.close();
  sources = [];
});
afterAll(async () => {
  await relay.stop();
  await router.stop();
});

function create(path: string, host = router.host): EventSource {
  const source = new EventSource(`http://${host}${path}`);
  sources.push(source);
  return source;
}

async function listen(path: string, host?: string): Promise<EventSource> {
  const source = create(path, host);
  await next(source, 'open');
  return source;
}

function next(source: EventSource, kind: string): Promise<Event> {
  return new Promise((resolve) => source.addEventListener(kind, resolve, { once: true }));
}

/** The data of the next `count` events of a kind. */
function receive(source: EventSource, count: number, kind = 'message'): Promise<string[]> {
  return new Promise((resolve) => {
    const received: string[] = [];
    source.addEventListener(kind, function take(event) {
      received.push((event as MessageEvent).data);
      if (received.length < count) return;
      source.removeEventListener(kind, take);
      resolve(received);
    });
  });
}

async function publish(room: string, channel: string, ...data: unknown[]): Promise<void> {
  for (const item of data) {
    const { reply } = await callServer(`${router.host}${room}`, 'publish', { channel, data: item });
    expect(reply).toHaveProperty('result');
  }
}

it('gets what is published on its channel, once it is open', async () => {
  const [news, main] = [await listen('/live/a/sse?channel=plain:news'), await listen('/live/a/sse')];
  const received = Promise.all([receive(news, 3), receive(main, 1)]);
  await publish('/live/a', 'plain:news', 'text\nof lines', { a: 1 }, '');
  await publish('/live/a', 'main', 'to all');
  expect(await received).toEqual([['text\nof lines', '{"a":1}', ''], ['to all']]);
});

it('gets what bare sockets say on the default channel', async () => {
  const source = await listen('/live/b/sse');
  const [texts, bytes] = [receive(source, 2), receive(source, 1, 'binary')];
  const socket = new WebSocket(`ws://${router.host}/live/b`);
  await new Promise((resolve) => socket.addEventListener('open', resolve));
  for (const message of ['héllo', '{"a":1}', Uint8Array.from([0, 255])]) socket.send(message);
  expect([await texts, await bytes]).toEqual([['héllo', '{"a":1}'], ['AP8=']]);
  socket.close();
});

/** One that has got something already, and so knows where it is. */
async function listenFor(room: string, channel: string): Promise<EventSource> {
  const source = await listen(`${room}/sse?channel=${channel}`, relay.host);
  const first = receive(source, 1);
  await publish(room, channel, 'first');
  expect(await first).toEqual(['first']);
  return source;
}

it('gets what it missed when its connection broke, each time', async () => {
  const source = await listenFor('/live/c', 'news');
  for (const batch of [
    [1, 2],
    [3, 4, 5],
  ]) {
    relay.breakAll();
    await next(source, 'error');
    const missed = receive(source, batch.length);
    await publish('/live/c', 'news', ...batch);
    expect(await missed).toEqual(batch.map(String));
  }
});

it('is told where more is gone than is kept, and goes on from there', async () => {
  const source = await listenFor('/live/d', 'small:news');
  relay.breakAll();
  await next(source, 'error');
  const gone = receive(source, 1, 'gone');
  await publish('/live/d', 'small:news', 1, 2, 3);
  expect(await gone).toEqual(['{"channel":"small:news"}']);
  const received = receive(source, 1);
  await publish('/live/d', 'small:news', 4);
  expect(await received).toEqual(['4']);
});

it('begins where it is told to', async () => {
  await publish('/live/e', 'news', 1, 2, 3);
  const source = create('/live/e/sse?channel=news&since=0');
  const ids: string[] = [];
  source.addEventListener('message', ({ lastEventId }) => ids.push(lastEventId));
  expect(await receive(source, 3)).toEqual(['1', '2', '3']);
  const again = create(`/live/e/sse?channel=news&since=${ids[1]}`);
  expect(await receive(again, 1)).toEqual(['3']);
});

it('has no ids where nothing is kept', async () => {
  const source = await listen('/live/f/sse?channel=plain:a');
  const event = next(source, 'message');
  await publish('/live/f', 'plain:a', 1);
  expect(await event).toMatchObject({ data: '1', lastEventId: '' });
});

it.each([
  ['/live/g/sse?channel=nowhere:a', 404],
  ['/members/g/sse', 403],
  ['/nothing/sse', 404],
])('is refused for good: %s', async (path, code) => {
  const source = create(path);
  const error = (await next(source, 'error')) as Event & { code?: number };
  expect([error.code, source.readyState]).toEqual([code, EventSource.CLOSED]);
});

it('listens to the channels that its token permits, and to no others', async () => {
  const permissions = [{ channel: 'news', allow: ['subscribe'] }];
  const token = await signToken({ sub: 'ada', permissions });
  const statusOf = async (channel: string) => {
    const headers = { Origin: `http://${router.host}`, Authorization: `Bearer ${token}` };
    const answer = await fetch(`http://${router.host}/members/h/sse?channel=${channel}`, { headers });
    await answer.body?.cancel();
    return answer.status;
  };
  expect([await statusOf('news'), await statusOf('other')]).toEqual([200, 403]);
});
