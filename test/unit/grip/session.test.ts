import { describe, expect, it } from 'vitest';
import { onClientClose, onClientGone, onClientMessage, onSent } from '../../../src/grip/client.ts';
import { encodedLength } from '../../../src/grip/events.ts';
import { onFailure, onRefresh, takeRequest, wake, wakeAt } from '../../../src/grip/requests.ts';
import { onResponse } from '../../../src/grip/response.ts';
import type { Effect } from '../../../src/grip/session.ts';
import { answer, close, exchange, GRIP, LIMITS, NOW, opened, text } from './dialogue.ts';

const KEEP_ALIVE = { ...GRIP, 'Keep-Alive-Interval': '20' };
const DISCONNECT = { type: 'DISCONNECT' } as const;
const control = (command: object) => text(`c:${JSON.stringify(command)}`);

describe('an open connection', () => {
  it('asks for nothing while nothing happens', () => {
    const session = opened();
    expect(takeRequest(session, NOW)).toBeNull();
    expect(wakeAt(session)).toBeNull();
  });

  it('tells what the client sends, and the client what is answered', () => {
    const session = opened();
    onClientMessage(session, 'hi', LIMITS);
    onClientMessage(session, Uint8Array.of(0, 255), LIMITS);
    const bytes = { type: 'BINARY', bytes: new TextEncoder().encode('m:\0') } as const;
    expect(
      exchange(session, answer([text('m:a'), text('b'), bytes, { type: 'PING', bytes: Uint8Array.of() }])),
    ).toEqual({
      events: [text('hi'), { type: 'BINARY', bytes: Uint8Array.of(0, 255) }],
      effects: [
        { kind: 'send', message: 'a' },
        { kind: 'dropped', reason: 'unprefixed' },
        { kind: 'send', message: Uint8Array.of(0) },
        { kind: 'dropped', reason: 'control_frame' },
      ],
    });
    expect(takeRequest(session, NOW)).toBeNull();
  });

  it('makes one request at a time, and tells in the next what came meanwhile', () => {
    const session = opened();
    onClientMessage(session, '1', LIMITS);
    expect(takeRequest(session, NOW)).toEqual([text('1')]);
    onClientMessage(session, '2', LIMITS);
    onClientMessage(session, '3', LIMITS);
    expect(takeRequest(session, NOW)).toBeNull();
    onResponse(session, answer([]), NOW, LIMITS);
    expect(takeRequest(session, NOW)).toEqual([text('2'), text('3')]);
  });

  it('obeys control messages', () => {
    const session = opened();
    onRefresh(session);
    const subscribe = control({ type: 'subscribe', channel: 'a' });
    const unsubscribe = control({ type: 'unsubscribe', channel: 'b' });
    expect(exchange(session, answer([subscribe, unsubscribe, control({ type: 'session' })]))).toEqual({
      events: [],
      effects: [
        { kind: 'subscribe', channel: 'a' },
        { kind: 'unsubscribe', channel: 'b' },
        { kind: 'dropped', reason: 'unsupported' },
      ],
    });
  });

  it('is asked about when that is wanted, once', () => {
    const session = opened();
    onRefresh(session);
    onRefresh(session);
    expect(exchange(session, answer([]))).toEqual({ events: [], effects: [] });
    expect(takeRequest(session, NOW)).toBeNull();
  });

  it.each([
    ['another status', { ...answer([]), status: 500 }, 'bad_answer'],
    ['another type', { ...answer([]), headers: new Headers({ 'Content-Type': 'text/html' }) }, 'bad_answer'],
    ['a redirect', { ...answer([]), status: 302 }, 'bad_answer'],
    ['no events', { ...answer([]), body: Uint8Array.of(1) }, 'malformed'],
    ['an OPEN', answer([{ type: 'OPEN' }]), 'second_open'],
    ['a DISCONNECT', answer([DISCONNECT, text('m:late')]), 'disconnected'],
  ])('fails with %s', (_, given, problem) => {
    const session = opened();
    onClientMessage(session, 'hi', LIMITS);
    expect(exchange(session, given).effects).toEqual([{ kind: 'fail', problem }]);
    expect(session.phase).toBe('over');
    expect(onClientMessage(session, 'more', LIMITS)).toEqual([]);
    expect(takeRequest(session, NOW)).toBeNull();
    expect(wakeAt(session)).toBeNull();
  });

  it('takes an answer of so many bytes and no more', () => {
    const limits = { ...LIMITS, maxResponseBytes: encodedLength(text('m:a')) };
    const session = opened();
    onRefresh(session);
    expect(exchange(session, answer([text('m:a')]), NOW, limits).effects).toEqual([{ kind: 'send', message: 'a' }]);
    onRefresh(session);
    expect(exchange(session, answer([text('m:ab')]), NOW, limits).effects).toEqual([
      { kind: 'fail', problem: 'too_large' },
    ]);
    const whole = opened();
    onRefresh(whole);
    const large = { ...answer([]), body: new Uint8Array(1_000_001) };
    expect(exchange(whole, large).effects).toEqual([{ kind: 'fail', problem: 'too_large' }]);
  });
});

describe('what waits for the application server', () => {
  const framing = encodedLength(text('x'.repeat(100_000))) - 100_000;

  it('may be so many bytes and no more', () => {
    const session = opened();
    expect(onClientMessage(session, 'x'.repeat(200_000 - framing), LIMITS)).toEqual([]);
    expect(onClientMessage(session, '', LIMITS)).toEqual([{ kind: 'fail', problem: 'buffer_full' }]);
    expect(onClientMessage(session, 'more', LIMITS)).toEqual([]);
    expect(exchange(session, answer([]))).toEqual({ events: [DISCONNECT], effects: [] });
    expect(session.phase).toBe('over');
  });

  it('counts what is under way', () => {
    const session = opened();
    onClientMessage(session, 'x'.repeat(100_000), LIMITS);
    takeRequest(session, NOW);
    expect(onClientMessage(session, 'x'.repeat(100_000 - 2 * framing), LIMITS)).toEqual([]);
    expect(onClientMessage(session, 'x', LIMITS)).toEqual([{ kind: 'fail', problem: 'buffer_full' }]);
    expect(takeRequest(session, NOW)).toBeNull();
    expect(onResponse(session, answer([text('m:late')]), NOW, LIMITS)).toEqual([]);
    expect(takeRequest(session, NOW)).toEqual([DISCONNECT]);
  });

  it('counts bytes, not characters', () => {
    const session = opened();
    expect(onClientMessage(session, 'é'.repeat(100_000), LIMITS)).toEqual([{ kind: 'fail', problem: 'buffer_full' }]);
  });

  it('may be more where that is allowed', () => {
    const limits = { ...LIMITS, maxBufferBytes: 300_000 };
    expect(onClientMessage(opened(), 'x'.repeat(250_000), limits)).toEqual([]);
  });
});

describe('a request that fails', () => {
  it('is made again only where it did not arrive, ever later, five times', () => {
    const session = opened();
    onClientMessage(session, 'hi', LIMITS);
    takeRequest(session, NOW);
    let now = NOW;
    for (const delay of [1500, 2500, 4500, 8500, 16_500]) {
      expect(onFailure(session, 'unreachable', now, () => 0.5, LIMITS)).toEqual([]);
      expect(wakeAt(session)).toBe(now + delay);
      expect(takeRequest(session, now + delay - 1)).toBeNull();
      now += delay;
      expect(takeRequest(session, now)).toEqual([text('hi')]);
    }
    expect(onFailure(session, 'unreachable', now, () => 0.5, LIMITS)).toEqual([
      { kind: 'fail', problem: 'unreachable' },
    ]);
    expect(session.phase).toBe('over');
  });

  it('may be made again less often', () => {
    const session = opened();
    onClientMessage(session, 'hi', LIMITS);
    takeRequest(session, NOW);
    const limits = { ...LIMITS, maxRetries: 0 };
    expect(onFailure(session, 'unreachable', NOW, () => 0, limits)).toEqual([{ kind: 'fail', problem: 'unreachable' }]);
  });

  it.each(['lost', 'timeout'] as const)('is not made again where it is %s', (problem) => {
    const session = opened();
    onClientMessage(session, 'hi', LIMITS);
    takeRequest(session, NOW);
    expect(onFailure(session, problem, NOW, () => 0, LIMITS)).toEqual([{ kind: 'fail', problem }]);
  });

  it('is made again as it was, and what came meanwhile has the next one', () => {
    const session = opened();
    onClientMessage(session, '1', LIMITS);
    takeRequest(session, NOW);
    onFailure(session, 'unreachable', NOW, () => 0, LIMITS);
    onClientMessage(session, '2', LIMITS);
    expect(exchange(session, answer([]), NOW + 1000)).toEqual({ events: [text('1')], effects: [] });
    onClientMessage(session, '3', LIMITS);
    takeRequest(session, NOW + 1000);
    onFailure(session, 'unreachable', NOW + 1000, () => 0, LIMITS);
    // The count of retries begins again with each request.
    expect(wakeAt(session)).toBe(NOW + 2000);
  });
});

describe('keep-alives', () => {
  it('are requests without events, so long after the last one', () => {
    const session = opened(KEEP_ALIVE);
    expect(wakeAt(session)).toBe(NOW + 20_000);
    expect(takeRequest(session, NOW + 19_999)).toBeNull();
    expect(exchange(session, answer([]), NOW + 20_000)).toEqual({ events: [], effects: [] });
    expect(wakeAt(session)).toBe(NOW + 40_000);
  });

  it('are put off by every other request', () => {
    const session = opened(KEEP_ALIVE);
    onClientMessage(session, 'hi', LIMITS);
    takeRequest(session, NOW + 10_000);
    expect(wakeAt(session)).toBeNull();
    onResponse(session, answer([]), NOW + 11_000, LIMITS);
    expect(wakeAt(session)).toBe(NOW + 31_000);
  });

  it('end where the application server wants no more', () => {
    const session = opened(KEEP_ALIVE);
    exchange(session, answer([], { 'Keep-Alive-Interval': '0' }), NOW + 20_000);
    expect(wakeAt(session)).toBeNull();
  });
});

describe('a client that closes', () => {
  it('is told of behind its messages, and gets the answer', () => {
    const session = opened();
    onClientMessage(session, 'hi', LIMITS);
    expect(onClientClose(session, 4000, 'bye')).toEqual([]);
    expect(onClientMessage(session, 'late', LIMITS)).toEqual([]);
    expect(exchange(session, answer([text('m:x'), close(4001, 'yes')]))).toEqual({
      events: [text('hi'), close(4000, 'bye')],
      effects: [{ kind: 'close', code: 4001, reason: 'yes' }],
    });
    expect(session.phase).toBe('over');
  });

  it('has one chance to get an answer without keep-alives', () => {
    const session = opened();
    onClientClose(session, null, '');
    expect(exchange(session, answer([]))).toEqual({
      events: [close(null)],
      effects: [{ kind: 'close', code: null, reason: '' }],
    });
    expect(session.phase).toBe('over');
  });

  it('waits for an answer as long as there are keep-alives', () => {
    const session = opened(KEEP_ALIVE);
    onClientClose(session, 1000, '');
    expect(exchange(session, answer([])).effects).toEqual([]);
    expect(session.phase).toBe('open');
    expect(exchange(session, answer([close()]), NOW + 20_000)).toEqual({
      events: [],
      effects: [{ kind: 'close', code: 1000, reason: '' }],
    });
    expect(session.phase).toBe('over');
  });

  it('is answered where the application server fails', () => {
    const session = opened();
    onClientClose(session, 1000, '');
    expect(exchange(session, { ...answer([]), status: 500 }).effects).toEqual([
      { kind: 'close', code: null, reason: '' },
    ]);
  });
});

describe('an application server that closes', () => {
  it('is told of the answer of the client, and nothing is sent meanwhile', () => {
    const session = opened();
    onClientMessage(session, 'hi', LIMITS);
    const effects: Effect[] = [{ kind: 'close', code: 4001, reason: '' }];
    expect(exchange(session, answer([close(4001), text('m:late')])).effects).toEqual(effects);
    expect(onClientMessage(session, 'late', LIMITS)).toEqual([]);
    expect(takeRequest(session, NOW)).toBeNull();
    onClientClose(session, 4001, '');
    expect(exchange(session, answer([]))).toEqual({ events: [close(4001)], effects: [] });
    expect(session.phase).toBe('over');
  });

  it('is not waited for where it fails then', () => {
    const session = opened();
    onRefresh(session);
    exchange(session, answer([close()]));
    onClientClose(session, 1000, '');
    expect(exchange(session, { ...answer([]), status: 500 }).effects).toEqual([]);
    expect(session.phase).toBe('over');
  });

  it('meets a client that closes at the same time', () => {
    const session = opened();
    onClientMessage(session, 'hi', LIMITS);
    takeRequest(session, NOW);
    onClientClose(session, 1001, '');
    expect(onResponse(session, answer([close()]), NOW, LIMITS)).toEqual([{ kind: 'close', code: 1000, reason: '' }]);
    expect(exchange(session, answer([]))).toEqual({ events: [close(1001)], effects: [] });
    expect(session.phase).toBe('over');
  });
});

describe('a client that is gone', () => {
  it('is told of by DISCONNECT instead of what it had sent', () => {
    const session = opened(KEEP_ALIVE);
    onClientMessage(session, 'hi', LIMITS);
    onClientGone(session);
    expect(session.queue).toEqual([]);
    expect(exchange(session, answer([text('m:late')]))).toEqual({ events: [DISCONNECT], effects: [] });
    expect(session.phase).toBe('over');
    expect(wakeAt(session)).toBeNull();
  });

  it('is told of again where that did not arrive', () => {
    const session = opened();
    onClientGone(session);
    takeRequest(session, NOW);
    onFailure(session, 'unreachable', NOW, () => 0, LIMITS);
    expect(takeRequest(session, NOW + 1000)).toEqual([DISCONNECT]);
    expect(onFailure(session, 'lost', NOW, () => 0, LIMITS)).toEqual([]);
    expect(session.phase).toBe('over');
  });

  it('gets nothing more of an answer that is on its way', () => {
    const session = opened();
    onClientMessage(session, 'hi', LIMITS);
    takeRequest(session, NOW);
    onClientGone(session);
    expect(onResponse(session, answer([text('m:late'), close()]), NOW, LIMITS)).toEqual([]);
    expect(takeRequest(session, NOW)).toEqual([DISCONNECT]);
  });

  it('has closed where it said so before', () => {
    const session = opened();
    onClientClose(session, 1000, '');
    onClientGone(session);
    expect(takeRequest(session, NOW)).toEqual([close()]);
  });
});

describe('a connection that is detached', () => {
  function detached() {
    const session = opened(KEEP_ALIVE);
    onClientMessage(session, 'hi', LIMITS);
    const idle = { type: 'keep-alive', content: '{}', timeout: 30 };
    const { effects } = exchange(session, answer([control(idle), control({ type: 'detach' }), text('m:last')]));
    return { session, effects };
  }

  it('looks closed to the application server, and stays open to the client', () => {
    const { session, effects } = detached();
    expect(effects).toEqual([{ kind: 'send', message: 'last' }]);
    expect(wakeAt(session)).toBe(NOW + 30_000);
    expect(exchange(session, answer([text('m:late'), close()]))).toEqual({ events: [close(null)], effects: [] });
    expect(session.phase).toBe('detached');
    expect(onClientMessage(session, 'hi', LIMITS)).toEqual([]);
    onRefresh(session);
    expect(takeRequest(session, NOW)).toBeNull();
  });

  it('goes on getting what it gets when it is idle', () => {
    const { session } = detached();
    exchange(session, answer([]));
    expect(wakeAt(session)).toBe(NOW + 30_000);
    expect(wake(session, NOW + 30_000)).toEqual([{ kind: 'send', message: '{}' }]);
  });

  it('does not mind an application server that fails', () => {
    const { session } = detached();
    expect(exchange(session, { ...answer([]), status: 500 }).effects).toEqual([]);
    expect(session.phase).toBe('detached');
    const lost = detached().session;
    takeRequest(lost, NOW);
    expect(onFailure(lost, 'lost', NOW, () => 0, LIMITS)).toEqual([]);
    expect(lost.phase).toBe('detached');
  });

  it('ends with its client', () => {
    const { session } = detached();
    exchange(session, answer([]));
    expect(onClientClose(session, 1000, '')).toEqual([{ kind: 'close', code: null, reason: '' }]);
    expect(session.phase).toBe('over');
    const gone = detached().session;
    onClientGone(gone);
    expect([gone.phase, wakeAt(gone)]).toEqual(['over', null]);
  });
});

describe('what a client gets for being idle', () => {
  function idle(more: object) {
    const session = opened();
    onRefresh(session);
    const effects = exchange(session, answer([control({ type: 'keep-alive', content: 'tick', ...more })])).effects;
    return { session, effects };
  }

  it('comes again and again', () => {
    const { session } = idle({ timeout: 30 });
    expect(wake(session, NOW + 29_999)).toEqual([]);
    expect(wake(session, NOW + 30_000)).toEqual([{ kind: 'send', message: 'tick' }]);
    expect(wakeAt(session)).toBe(NOW + 60_000);
  });

  it.each([
    ['idle', NOW + 50_000],
    ['interval', NOW + 30_000],
  ])('is put off by what it gets otherwise, unless the mode is an interval: %s', (mode, at) => {
    const { session } = idle({ timeout: 30, mode });
    onSent(session, NOW + 10_000);
    onRefresh(session);
    exchange(session, answer([text('m:x')]), NOW + 20_000);
    expect(wakeAt(session)).toBe(at);
  });

  it('ends where the application server takes it back, and when somebody closes', () => {
    const { session } = idle({});
    onRefresh(session);
    exchange(session, answer([control({ type: 'keep-alive' })]));
    expect(wakeAt(session)).toBeNull();
    const closing = idle({}).session;
    onRefresh(closing);
    exchange(closing, answer([close()]));
    expect(wakeAt(closing)).toBeNull();
    const closed = idle({}).session;
    onClientClose(closed, null, '');
    expect(wakeAt(closed)).toBeNull();
    const gone = idle({}).session;
    onClientGone(gone);
    expect(wakeAt(gone)).toBeNull();
  });

  it('may be so many bytes and no more', () => {
    expect(idle({ content: 'é'.repeat(512) }).effects).toEqual([]);
    const { session, effects } = idle({ content: 'é'.repeat(512).concat('x') });
    expect(effects).toEqual([{ kind: 'dropped', reason: 'too_large' }]);
    expect(session.idle).toBeNull();
    onRefresh(session);
    const limits = { ...LIMITS, maxIdleMessageBytes: 1 };
    const both = [control({ type: 'keep-alive', content: 'x' }), control({ type: 'keep-alive', content: 'xy' })];
    expect(exchange(session, answer(both), NOW, limits).effects).toEqual([{ kind: 'dropped', reason: 'too_large' }]);
    expect(session.idle?.message).toBe('x');
  });
});
