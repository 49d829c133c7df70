import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onClientClose, onClientGone, onClientMessage, onSent } from '../../../src/grip/client.ts';
import { encodedLength, type WebSocketEvent } from '../../../src/grip/events.ts';
import { onFailure, onRefresh, takeRequest, wake, wakeAt } from '../../../src/grip/requests.ts';
import { type Answer, onResponse } from '../../../src/grip/response.ts';
import { createSession, type Session } from '../../../src/grip/session.ts';
import { answer, close, GRIP, LIMITS, NOW, OPEN, text } from './dialogue.ts';

/** One thing that happens to a session; what comes of it. */
type Step = (session: Session, now: number) => unknown;

const SMALL = { ...LIMITS, maxBufferBytes: 100 };

const anyEvent = fc.constantFrom<WebSocketEvent>(
  text('m:hello'),
  text('unprefixed'),
  text('c:{"type":"subscribe","channel":"a"}'),
  text('c:{"type":"keep-alive","content":"tick","timeout":3}'),
  text('c:{"type":"keep-alive"}'),
  text('c:{"type":"detach"}'),
  text('c:nonsense'),
  { type: 'BINARY', bytes: Uint8Array.of(0x6d, 0x3a, 0) },
  close(4001),
  close(null),
);
const anyHeaders = fc.constantFrom<Record<string, string>>(
  GRIP,
  { ...GRIP, 'Keep-Alive-Interval': '20', 'Set-Meta-User': 'alice' },
  { 'Keep-Alive-Interval': '0', 'Set-Meta-User': '' },
  { ...GRIP, 'Set-Meta-Large': 'x'.repeat(4000) },
);
const eventsOf = (first: WebSocketEvent[]) => fc.array(anyEvent, { maxLength: 4 }).map((rest) => [...first, ...rest]);
const goodAnswer = fc
  .tuple(fc.oneof(eventsOf([OPEN]), eventsOf([])), anyHeaders)
  .map(([events, headers]) => answer(events, headers));
const badAnswer = fc.constantFrom<Answer>(
  { ...answer([]), status: 503 },
  { ...answer([]), body: Uint8Array.of(1) },
  answer([{ type: 'DISCONNECT' }]),
);

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.string({ maxLength: 30 }).map(
      (message): Step =>
        (session) =>
          onClientMessage(session, message, SMALL),
    ),
  },
  {
    weight: 6,
    arbitrary: goodAnswer.map(
      (given): Step =>
        (session, now) =>
          onResponse(session, given, now, SMALL),
    ),
  },
  {
    weight: 1,
    arbitrary: badAnswer.map(
      (given): Step =>
        (session, now) =>
          onResponse(session, given, now, SMALL),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('unreachable' as const, 'unreachable' as const, 'unreachable' as const, 'lost' as const)
      .map(
        (problem): Step =>
          (session, now) =>
            onFailure(session, problem, now, () => 0.5, SMALL),
      ),
  },
  { weight: 2, arbitrary: fc.constant<Step>((session) => onRefresh(session)) },
  { weight: 3, arbitrary: fc.constant<Step>((session, now) => wake(session, now)) },
  { weight: 1, arbitrary: fc.constant<Step>((session, now) => onSent(session, now)) },
  { weight: 1, arbitrary: fc.constant<Step>((session) => onClientClose(session, 1000, 'bye')) },
  { weight: 1, arbitrary: fc.constant<Step>((session) => onClientGone(session)) },
);

/** Steps, each so many milliseconds after the one before. The first answers let the client in, as a rule. */
const anyLife = fc.tuple(
  fc.option(
    goodAnswer.map(
      (given): Step =>
        (session, now) =>
          onResponse(session, given, now, SMALL),
    ),
  ),
  fc.array(fc.tuple(anyStep, fc.constantFrom(0, 1, 1500, 20_000)), { maxLength: 40 }),
);

/** All that comes of a life, whose session passes through `between` after every step. */
function live(
  [first, steps]: typeof anyLife extends fc.Arbitrary<infer T> ? T : never,
  between: (session: Session) => Session,
) {
  const transcript: unknown[] = [];
  let session = between(createSession('c1', 'https://app.example/', [['cookie', 'a=1']]));
  let now = NOW;
  const all: [Step, number][] = first === null ? steps : [[first, 0], ...steps];
  transcript.push(takeRequest(session, now));
  for (const [step, pause] of all) {
    now += pause;
    session = between(session);
    const effects = step(session, now);
    session = between(session);
    transcript.push(effects, takeRequest(session, now), wakeAt(session), session.phase);
    check(session, now);
  }
  return { transcript, session };
}

/** What holds at all times. */
function check(session: Session, now: number): void {
  const { queue, queueBytes, request, phase } = session;
  expect(queueBytes).toBe(queue.reduce((sum, event) => sum + encodedLength(event), 0));
  // Nothing more can be asked for before there was an answer, or time for another try.
  expect(takeRequest(session, now)).toBeNull();
  const closes = [...queue, ...(request?.events ?? [])].filter(({ type }) => type === 'CLOSE');
  expect(closes.length).toBeLessThanOrEqual(1);
  expect(queueBytes + (request?.bytes ?? 0)).toBeLessThanOrEqual(SMALL.maxBufferBytes + 20);
  if (phase === 'over') expect([queue, request, wakeAt(session)]).toEqual([[], null, null]);
}

describe('a session', () => {
  it('does not notice that it was stored and read again between any two steps', () => {
    fc.assert(
      fc.property(anyLife, (life) => {
        const awake = live(life, (session) => session);
        const asleep = live(life, (session) => deserialize(serialize(session)) as Session);
        expect(asleep).toEqual(awake);
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it('says nothing more when it is over', () => {
    fc.assert(
      fc.property(anyLife, fc.array(anyStep), (life, steps) => {
        const { session } = live(life, (given) => given);
        if (session.phase !== 'over') return;
        for (const step of steps) {
          expect(step(session, NOW * 2) ?? []).toEqual([]);
          expect(takeRequest(session, NOW * 2)).toBeNull();
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('ends in any life once its client is gone and the application server is reached', () => {
    fc.assert(
      fc.property(anyLife, (life) => {
        const { session } = live(life, (given) => given);
        let now = NOW * 2;
        onClientGone(session);
        for (let round = 0; session.phase !== 'over' && round < 5; round++) {
          now += 100_000;
          takeRequest(session, now);
          onResponse(session, answer([close()]), now, SMALL);
        }
        expect(session.phase).toBe('over');
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('fits beside a connection in what is kept of a socket, without what waits', () => {
    const session = createSession('c'.repeat(36), 'https://app.example/', [
      ['cookie', 'x'.repeat(LIMITS.maxHeaderBytes - 6)],
    ]);
    takeRequest(session, NOW);
    const meta = { 'Set-Meta-A': 'x'.repeat(LIMITS.maxMetaBytes - 1) };
    const idle = text(`c:${JSON.stringify({ type: 'keep-alive', content: 'x'.repeat(LIMITS.maxIdleMessageBytes) })}`);
    onResponse(session, answer([OPEN, idle], { ...GRIP, ...meta }), NOW, LIMITS);
    expect(session.phase).toBe('open');
    expect(serialize(session).length).toBeLessThan(14_000);
  });
});
