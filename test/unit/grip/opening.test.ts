import { describe, expect, it } from 'vitest';
import { onClientGone } from '../../../src/grip/client.ts';
import { encodeEvents } from '../../../src/grip/events.ts';
import { onFailure, takeRequest, wakeAt } from '../../../src/grip/requests.ts';
import { onResponse } from '../../../src/grip/response.ts';
import { createSession } from '../../../src/grip/session.ts';
import { answer, close, exchange, GRIP, LIMITS, NOW, OPEN, opened, text } from './dialogue.ts';

const HEADERS = { 'Keep-Alive-Interval': '20' };

describe('a client that wants to connect', () => {
  it('is told of by OPEN, once', () => {
    const session = createSession('c1', 'https://app.example/', []);
    expect(takeRequest(session, NOW)).toEqual([OPEN]);
    expect(takeRequest(session, NOW)).toBeNull();
    expect(wakeAt(session)).toBeNull();
  });

  it('is accepted with the headers and the subprotocol of the answer', () => {
    const session = createSession('c1', 'https://app.example/', [['sec-websocket-protocol', 'a, b']]);
    const headers = { ...GRIP, 'Set-Cookie': 'a=1', 'Sec-WebSocket-Protocol': 'b', 'Set-Meta-User': 'alice' };
    expect(exchange(session, answer([OPEN], headers)).effects).toEqual([
      { kind: 'accept', subprotocol: 'b', headers: [['set-cookie', 'a=1']] },
    ]);
    expect(session).toMatchObject({ phase: 'open', prefix: 'm:', meta: [['user', 'alice']], keepAliveMs: null });
  });

  it('is accepted without GRIP where the application server does not use it', () => {
    const session = createSession('c1', 'https://app.example/', []);
    expect(exchange(session, answer([OPEN, text('hello')])).effects).toEqual([
      { kind: 'accept', subprotocol: null, headers: [] },
      { kind: 'send', message: 'hello' },
    ]);
    expect(session.prefix).toBeNull();
  });

  it('gets what stands behind the OPEN', () => {
    const events = [
      OPEN,
      text('c:{"type":"subscribe","channel":"a"}'),
      text('m:hello'),
      close(4001, 'bye'),
      text('m:late'),
    ];
    expect(exchange(createSession('c1', 'https://app.example/', []), answer(events, GRIP)).effects).toEqual([
      { kind: 'accept', subprotocol: null, headers: [] },
      { kind: 'subscribe', channel: 'a' },
      { kind: 'send', message: 'hello' },
      { kind: 'close', code: 4001, reason: 'bye' },
    ]);
  });

  it.each([
    ['another status', 403],
    ['a status of success', 201],
  ])('is refused with what the application server says: %s', (_, status) => {
    const session = createSession('c1', 'https://app.example/', []);
    const headers = new Headers({ 'Content-Type': 'text/plain', 'X-Why': 'no', 'Set-Meta-A': 'b' });
    const body = new TextEncoder().encode('not you');
    expect(exchange(session, { status, headers, body }).effects).toEqual([
      {
        kind: 'refuse',
        status,
        headers: [
          ['x-why', 'no'],
          ['content-type', 'text/plain'],
        ],
        body,
      },
    ]);
    expect(session.phase).toBe('over');
    expect(takeRequest(session, NOW)).toBeNull();
  });

  it.each(['text/html', 'application/websocket-events; charset=utf-8', 'Application/WebSocket-Events', null])(
    'is refused by an answer of the type %j',
    (type) => {
      const headers = new Headers(type === null ? {} : { 'Content-Type': type });
      const { effects } = exchange(createSession('c1', 'https://app.example/', []), {
        status: 200,
        headers,
        body: encodeEvents([OPEN]),
      });
      expect(effects).toMatchObject([{ kind: 'refuse', status: 200 }]);
    },
  );

  it.each([
    [100_000, 100_000],
    [100_001, 100_000],
  ])('is refused with %i bytes of a body as %i', (given, shown) => {
    const refusal = { status: 400, headers: new Headers(), body: new Uint8Array(given) };
    const [effect] = exchange(createSession('c1', 'https://app.example/', []), refusal).effects;
    expect(effect?.kind === 'refuse' && effect.body.length).toBe(shown);
  });

  it('is refused with less of a body where less may be shown', () => {
    const limits = { ...LIMITS, maxRejectionBytes: 3 };
    const refusal = { status: 400, headers: new Headers(), body: new Uint8Array(4) };
    const [effect] = exchange(createSession('c1', 'https://app.example/', []), refusal, NOW, limits).effects;
    expect(effect?.kind === 'refuse' && effect.body.length).toBe(3);
  });

  it('waits where the answer is empty and asks for keep-alives, and is told of again', () => {
    const session = createSession('c1', 'https://app.example/', []);
    expect(exchange(session, answer([], HEADERS)).effects).toEqual([]);
    expect(session.phase).toBe('opening');
    expect(wakeAt(session)).toBe(NOW + 20_000);
    expect(takeRequest(session, NOW + 19_999)).toBeNull();
    const later = NOW + 20_000;
    expect(exchange(session, answer([], {}), later)).toEqual({ events: [OPEN], effects: [] });
    expect(exchange(session, answer([OPEN], {}), later + 20_000)).toMatchObject({
      events: [OPEN],
      effects: [{ kind: 'accept' }],
    });
  });

  it.each([
    ['an empty answer without keep-alives', answer([]), 'no_open'],
    ['another event first', answer([text('hi'), OPEN]), 'no_open'],
    ['another event first, with keep-alives', answer([text('hi')], HEADERS), 'no_open'],
    ['a second OPEN', answer([OPEN, OPEN]), 'second_open'],
    ['a DISCONNECT', answer([{ type: 'DISCONNECT' }]), 'no_open'],
    ['no events', { ...answer([]), body: new TextEncoder().encode('hello') }, 'malformed'],
    ['a subprotocol that was not offered', answer([OPEN], { 'Sec-WebSocket-Protocol': 'a' }), 'subprotocol'],
    ['too much meta', answer([OPEN], { 'Set-Meta-A': 'x'.repeat(4096) }), 'meta_too_large'],
  ])('fails with %s', (_, given, problem) => {
    const session = createSession('c1', 'https://app.example/', []);
    expect(exchange(session, given).effects.at(-1)).toEqual({ kind: 'fail', problem });
    expect(session.phase).toBe('over');
  });

  it.each(['unreachable', 'lost', 'timeout'] as const)(
    'fails where the application server is %s, without a retry',
    (problem) => {
      const session = createSession('c1', 'https://app.example/', []);
      takeRequest(session, NOW);
      expect(onFailure(session, problem, NOW, () => 0, LIMITS)).toEqual([{ kind: 'fail', problem }]);
      expect(session.phase).toBe('over');
      expect(wakeAt(session)).toBeNull();
    },
  );
});

describe('a client that gives up before it is let in', () => {
  it('is nobody before the application server was asked', () => {
    const session = createSession('c1', 'https://app.example/', []);
    onClientGone(session);
    expect(session.phase).toBe('over');
    expect(takeRequest(session, NOW)).toBeNull();
  });

  it('is told of by DISCONNECT when the answer is there, and is not accepted', () => {
    const session = createSession('c1', 'https://app.example/', []);
    takeRequest(session, NOW);
    onClientGone(session);
    expect(takeRequest(session, NOW)).toBeNull();
    expect(onResponse(session, answer([OPEN, text('m:hello')], GRIP), NOW, LIMITS)).toEqual([]);
    expect(exchange(session, answer([]))).toEqual({ events: [{ type: 'DISCONNECT' }], effects: [] });
    expect(session.phase).toBe('over');
  });

  it('is told of by DISCONNECT while the application server takes its time', () => {
    const session = createSession('c1', 'https://app.example/', []);
    exchange(session, answer([], HEADERS));
    onClientGone(session);
    expect(takeRequest(session, NOW)).toEqual([{ type: 'DISCONNECT' }]);
  });

  it('is over where it would have been refused', () => {
    const session = createSession('c1', 'https://app.example/', []);
    takeRequest(session, NOW);
    onClientGone(session);
    expect(onResponse(session, { status: 403, headers: new Headers(), body: new Uint8Array() }, NOW, LIMITS)).toEqual(
      [],
    );
    expect(session.phase).toBe('over');
  });
});

describe('meta', () => {
  it('may take so many bytes and no more', () => {
    const session = opened();
    session.refresh = true;
    expect(exchange(session, answer([], { 'Set-Meta-A': 'x'.repeat(4095) })).effects).toEqual([]);
    expect(session.meta).toEqual([['a', 'x'.repeat(4095)]]);
    session.refresh = true;
    const { effects } = exchange(session, answer([text('m:hello')], { 'Set-Meta-B': 'x' }));
    expect(effects).toEqual([{ kind: 'fail', problem: 'meta_too_large' }]);
  });

  it('may take more where that is allowed', () => {
    const limits = { ...LIMITS, maxMetaBytes: 5000 };
    const session = createSession('c1', 'https://app.example/', []);
    const { effects } = exchange(session, answer([OPEN], { 'Set-Meta-A': 'x'.repeat(4999) }), NOW, limits);
    expect(effects).toMatchObject([{ kind: 'accept' }]);
  });
});
