import { describe, expect, it } from 'vitest';
import { onClientClose, onClientGone, onClientMessage, onSent } from '../../../src/grip/client.ts';
import { onFailure, onRefresh, takeRequest, wake, wakeAt } from '../../../src/grip/requests.ts';
import { onResponse } from '../../../src/grip/response.ts';
import { answer, close, control, exchange, KEEP_ALIVE, LIMITS, NOW, opened, text } from './dialogue.ts';

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
