import { describe, expect, it } from 'vitest';
import { onClientClose, onClientGone, onClientMessage } from '../../../src/grip/client.ts';
import { encodedLength } from '../../../src/grip/events.ts';
import { onFailure, takeRequest, wakeAt } from '../../../src/grip/requests.ts';
import { onResponse } from '../../../src/grip/response.ts';
import { answer, close, DISCONNECT, exchange, KEEP_ALIVE, LIMITS, NOW, opened, text } from './dialogue.ts';

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
