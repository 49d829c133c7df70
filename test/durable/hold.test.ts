import { afterEach, describe, expect, it, vi } from 'vitest';
import { toJson } from '../../src/grip/json.ts';
import { type Held, holdOpen } from '../../src/platform/hold.ts';
import type { HoldRecord } from '../../src/room/connection.ts';
import { StreamReader } from './stream-reader.ts';

afterEach(() => {
  vi.useRealTimers();
});

const encode = (text: string) => new TextEncoder().encode(text);
const channels = [{ name: 'a', prevId: null }];
const STREAM: Held['hold'] = { mode: 'stream', channels, keepAlive: null };
const RESPONSE: Held['hold'] = { mode: 'response', channels, timeoutMs: 5000 };

/** A request that is held, and the room's end of its socket. */
function hold(changes: Partial<Held> = {}) {
  const { 0: edgeEnd, 1: roomEnd } = new WebSocketPair();
  const entered: HoldRecord[] = [];
  const held = holdOpen({
    hold: STREAM,
    answer: { status: 200, headers: [['x-a', 'b']], body: encode('first\n') },
    enter: async (record) => {
      entered.push(record);
      return new Response(null, { status: 101, webSocket: edgeEnd });
    },
    maxBufferedBytes: 1000,
    signal: new AbortController().signal,
    ...changes,
  });
  roomEnd.accept();
  const closed = new Promise<CloseEvent>((resolve) => roomEnd.addEventListener('close', resolve));
  return { held, roomEnd, closed, entered };
}

describe('a request that is held as a stream', () => {
  it('gets its answer, and then what comes from the room, text and bytes', async () => {
    const { held, roomEnd, entered } = hold();
    const answer = await held;
    expect([answer.status, answer.headers.get('X-A'), entered]).toEqual([
      200,
      'b',
      [{ mode: 'stream', channels: ['a'] }],
    ]);
    const stream = new StreamReader(answer, '\n');
    roomEnd.send('second\n');
    roomEnd.send(encode('third\n'));
    roomEnd.close(3503, 'force disconnect');
    expect([await stream.next(), await stream.next(), await stream.next(), await stream.next()]).toEqual([
      'first',
      'second',
      'third',
      null,
    ]);
  });

  it.each([
    ['idle', 999, false],
    ['interval', 1000, true],
  ] as const)('gets a keep-alive of mode %s', async (mode, after, isThere) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const keepAlive = { data: encode('alive\n'), mode, intervalMs: 1000 };
    const { held, roomEnd } = hold({ hold: { mode: 'stream', channels, keepAlive } });
    const stream = new StreamReader(await held, '\n');
    expect(await stream.next()).toBe('first');
    vi.advanceTimersByTime(999);
    roomEnd.send('a\n');
    expect(await stream.next()).toBe('a');
    vi.advanceTimersByTime(after);
    roomEnd.send('b\n');
    expect(await stream.next()).toBe(isThere ? 'alive' : 'b');
    roomEnd.close(1000);
  });

  it('is ended where its client reads too slowly, or goes away', async () => {
    const slow = hold({ maxBufferedBytes: 10 });
    await slow.held;
    for (const message of ['123456789', '1', 'over']) slow.roomEnd.send(message);
    expect(await slow.closed).toMatchObject({ code: 3008, reason: 'slow' });
    const { held, closed } = hold();
    await (await held).body?.cancel();
    expect((await closed).code).toBe(1001);
  });
});

describe('a request that is held for one answer', () => {
  it('gets what the room says, bytes and all', async () => {
    const { held, roomEnd, closed } = hold({ hold: RESPONSE });
    roomEnd.send(toJson({ status: 202, headers: [['x-c', 'd']], body: Uint8Array.of(0, 255) }));
    const answer = await held;
    expect([answer.status, answer.headers.get('X-C'), [...new Uint8Array(await answer.arrayBuffer())]]).toEqual([
      202,
      'd',
      [0, 255],
    ]);
    expect((await closed).code).toBe(1000);
  });

  it('gets its own answer where nothing is published in time, where the room ends it, and where nobody waits any more', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const controller = new AbortController();
    const holds = [hold({ hold: RESPONSE }), hold({ hold: RESPONSE })];
    const aborted = hold({ hold: RESPONSE, signal: controller.signal });
    await vi.advanceTimersByTimeAsync(4999);
    holds[1]?.roomEnd.close(1000);
    expect(await (await holds[1]?.held)?.text()).toBe('first\n');
    controller.abort();
    expect(await (await aborted.held).text()).toBe('first\n');
    await vi.advanceTimersByTimeAsync(1);
    expect(await (await holds[0]?.held)?.text()).toBe('first\n');
    expect([(await holds[0]?.closed)?.code, (await aborted.closed).code]).toEqual([1000, 1000]);
  });
});

it('is not held where the room does not let it in', async () => {
  const { held } = hold({ enter: async () => new Response('full', { status: 503 }) });
  expect((await held).status).toBe(503);
});
