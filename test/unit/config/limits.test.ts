import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS, MAX_LIMITS, MAX_ROOM_NAME_BYTES } from '../../../src/config/limits.ts';
import { resolveRoute } from '../../support/requests.ts';
import { mistakesIn, row } from './mistakes.ts';

const withLimits = (limits: Record<string, unknown>) => mistakesIn({ routes: [row({ limits })] });

/** The rates that bursts and messages of this size need beside them. */
const rateFor = (name: string) => {
  const { messagesPerSecond, bytesPerSecond } = MAX_LIMITS;
  return { messageBurst: { messagesPerSecond }, maxMessageBytes: { bytesPerSecond } }[name] ?? {};
};

describe.each(Object.entries(MAX_LIMITS))('%s', (name, max) => {
  it('may be 1', () => {
    expect(withLimits({ [name]: 1 })).toEqual([]);
  });

  it(`may be ${max}, its maximum`, () => {
    expect(withLimits({ ...rateFor(name), [name]: max })).toEqual([]);
  });

  it.each([0, -1, max + 1])('may not be %i', (value) => {
    const message = `must be a whole number from 1 to ${max}`;
    expect(withLimits({ ...rateFor(name), [name]: value })).toEqual([{ path: `routes[0].limits.${name}`, message }]);
  });

  it('may not be a fraction', () => {
    const message = `must be a whole number from 1 to ${max}`;
    expect(withLimits({ [name]: 1.5 })).toEqual([{ path: `routes[0].limits.${name}`, message }]);
  });

  it.each([
    ['"1"', '1'],
    ['NaN', Number.NaN],
    ['null', null],
    ['true', true],
  ])('may not be %s', (shown, value) => {
    const message = `must be number, not ${shown}`;
    expect(withLimits({ [name]: value })).toEqual([{ path: `routes[0].limits.${name}`, message }]);
  });
});

it('lets nobody ask for more than the runtime gives', () => {
  expect(MAX_LIMITS).toMatchObject({ maxMessageBytes: 33_554_432, maxConnections: 32_768 });
});

it('lets the fastest rate have its full burst', () => {
  expect(MAX_LIMITS.messageBurst).toBe(10 * MAX_LIMITS.messagesPerSecond);
});

it('has its defaults where a row says nothing', () => {
  expect(resolveRoute().limits).toEqual(DEFAULT_LIMITS);
});

it('takes its defaults for a row of its own', () => {
  expect(withLimits({ ...DEFAULT_LIMITS })).toEqual([]);
});

it('leaves the other defaults alone when a row sets one', () => {
  expect(resolveRoute({ limits: { maxConnections: 2 } }).limits).toEqual({ ...DEFAULT_LIMITS, maxConnections: 2 });
});

it.each(['close', 'drop'] as const)('answers a message over the rate with %s where the row says so', (overRate) => {
  expect(resolveRoute({ limits: { overRate } }).limits.overRate).toBe(overRate);
});

describe('messageBurst', () => {
  it.each([1, 50, MAX_LIMITS.messagesPerSecond])('is ten seconds of %i messages where the row says nothing', (rate) => {
    expect(resolveRoute({ limits: { messagesPerSecond: rate } }).limits.messageBurst).toBe(10 * rate);
  });

  it('may be exactly ten seconds of the rate', () => {
    expect(withLimits({ messagesPerSecond: 5, messageBurst: 50 })).toEqual([]);
  });

  it.each([
    ['of its row', { messagesPerSecond: 5, messageBurst: 51 }],
    ['by default', { messageBurst: DEFAULT_LIMITS.messageBurst + 1 }],
  ])('may not be more than ten seconds of the rate %s', (_, limits) => {
    const message = 'is more than ten seconds of messagesPerSecond: lower it, or raise the other';
    expect(withLimits(limits)).toEqual([{ path: 'routes[0].limits.messageBurst', message }]);
  });
});

describe('MAX_ROOM_NAME_BYTES', () => {
  const withRoom = (room: string) => mistakesIn({ routes: [row({ target: { kind: 'room', room } })] });

  it.each(['a'.repeat(MAX_ROOM_NAME_BYTES), 'é'.repeat(MAX_ROOM_NAME_BYTES / 2)])('lets a name be as long', (room) => {
    expect(withRoom(room)).toEqual([]);
  });

  it.each(['a'.repeat(MAX_ROOM_NAME_BYTES + 1), `${'é'.repeat(MAX_ROOM_NAME_BYTES / 2)}a`])(
    'lets no name be longer',
    (room) => {
      expect(withRoom(room)).toEqual([
        { path: 'routes[0].target.room', message: 'must be at most 256 bytes of UTF-8' },
      ]);
    },
  );
});

describe('maxMessageBytes', () => {
  it('may be ten seconds of bytesPerSecond and not one byte more', () => {
    expect(withLimits({ bytesPerSecond: 10, maxMessageBytes: 100 })).toEqual([]);
    const message = 'is more than ten seconds of bytesPerSecond: lower it, or raise the other';
    const path = 'routes[0].limits.maxMessageBytes';
    expect(withLimits({ bytesPerSecond: 10, maxMessageBytes: 101 })).toEqual([{ path, message }]);
  });

  it('is ten seconds of a lower bytesPerSecond where only that is set', () => {
    expect(resolveRoute(row({ limits: { bytesPerSecond: 10 } })).limits.maxMessageBytes).toBe(100);
  });
});
