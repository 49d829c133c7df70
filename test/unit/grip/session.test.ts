import { describe, expect, it } from 'vitest';
import { onClientClose, onClientGone, onClientMessage } from '../../../src/grip/client.ts';
import { encodedLength } from '../../../src/grip/events.ts';
import { onFailure, onRefresh, takeRequest, wake, wakeAt } from '../../../src/grip/requests.ts';
import { onResponse } from '../../../src/grip/response.ts';
import type { Effect } from '../../../src/grip/session.ts';
import { answer, close, control, DISCONNECT, exchange, KEEP_ALIVE, LIMITS, NOW, opened, text } from './dialogue.ts';

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
