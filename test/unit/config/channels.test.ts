import { describe, expect, it } from 'vitest';
import {
  type ChannelOptions,
  DEFAULT_CHANNEL_OPTIONS,
  type Namespaces,
  optionsOf,
} from '../../../src/config/channels.ts';
import type { ResolvedRoom } from '../../../src/config/config.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import { mistakesIn, row, UNKNOWN } from './mistakes.ts';

const YEAR = 365 * 24 * 60 * 60;

const rowWith = (namespaces: unknown) => row({ target: { kind: 'room', room: 'lobby', namespaces } });
const mistakesOf = (namespaces: unknown) => mistakesIn({ routes: [rowWith(namespaces)] });
const mistake = (path: string, message: string) => ({ path: `routes[0].target.namespaces${path}`, message });

/** What a room makes of its namespaces. */
function resolve(namespaces?: Record<string, Partial<ChannelOptions>>): Namespaces {
  const targets = parseConfig({ routes: [rowWith(namespaces)] }).routes.map(({ target }) => target as ResolvedRoom);
  return targets[0]?.namespaces ?? {};
}

describe('the namespaces of a room', () => {
  it('are the one without a name where nothing is said of them', () => {
    expect(resolve()).toEqual({ '': DEFAULT_CHANNEL_OPTIONS });
    expect(resolve({})).toEqual({ '': DEFAULT_CHANNEL_OPTIONS });
  });

  it('have the defaults for what they leave out', () => {
    expect(resolve({ chat: { historySize: 5 }, news: {} })).toEqual({
      '': DEFAULT_CHANNEL_OPTIONS,
      chat: { ...DEFAULT_CHANNEL_OPTIONS, historySize: 5 },
      news: DEFAULT_CHANNEL_OPTIONS,
    });
  });

  it('may say how channels behave whose namespace they do not name', () => {
    const namespaces = resolve({ '*': { presence: true }, chat: {} });
    const presences = ['a:b', '*:b', '__proto__:a', 'chat:a', 'a'].map((name) => optionsOf(namespaces, name)?.presence);
    expect(presences).toEqual([true, true, true, false, false]);
    expect(optionsOf(resolve({ chat: {} }), 'a:b')).toBeNull();
  });

  it('may say how channels without a namespace behave', () => {
    expect(resolve({ '': { presence: true } })).toEqual({ '': { ...DEFAULT_CHANNEL_OPTIONS, presence: true } });
  });

  it('lose no default to what is given as undefined', () => {
    expect(resolve({ chat: { historyTtl: undefined } }).chat).toEqual(DEFAULT_CHANNEL_OPTIONS);
  });

  it('allow nothing by default that has to be asked for', () => {
    expect(DEFAULT_CHANNEL_OPTIONS).toEqual({
      historySize: 0,
      historyTtl: 300,
      forceRecovery: false,
      recoveryMode: 'stream',
      presence: false,
      joinLeave: false,
      forcePushJoinLeave: false,
      delta: false,
      subscribe: 'members',
      publish: 'members',
    });
  });
});

describe('the options of a namespace', () => {
  it.each<Partial<ChannelOptions>>([
    { historySize: 0 },
    { historySize: 100_000 },
    { historyTtl: 1 },
    { historyTtl: YEAR },
    { forceRecovery: true, recoveryMode: 'cache' },
    { recoveryMode: 'stream' },
    { presence: false },
    { delta: true },
    { subscribe: 'members' },
    { publish: 'members' },
    { publish: 'subscribers' },
    { publish: 'api' },
  ])('may be %j', (options) => {
    expect(mistakesOf({ chat: options })).toEqual([]);
    expect(resolve({ chat: options }).chat).toMatchObject(options);
  });

  it.each([
    [{ historySize: -1 }, 'historySize', 'must be a whole number from 0 to 100000'],
    [{ historySize: 100_001 }, 'historySize', 'must be a whole number from 0 to 100000'],
    [{ historySize: 1.5 }, 'historySize', 'must be a whole number from 0 to 100000'],
    [{ historySize: '10' }, 'historySize', 'must be number, not "10"'],
    [{ historyTtl: 0 }, 'historyTtl', `must be a whole number from 1 to ${YEAR}`],
    [{ historyTtl: YEAR + 1 }, 'historyTtl', `must be a whole number from 1 to ${YEAR}`],
    [{ historyTtl: Number.POSITIVE_INFINITY }, 'historyTtl', `must be a whole number from 1 to ${YEAR}`],
    [{ forceRecovery: 1 }, 'forceRecovery', 'must be boolean, not 1'],
    [{ recoveryMode: 'newest' }, 'recoveryMode', 'must be ("stream" | "cache"), not "newest"'],
    [{ delta: 'fossil' }, 'delta', 'must be boolean, not "fossil"'],
    [{ presence: 'yes' }, 'presence', 'must be boolean, not "yes"'],
    [{ publish: 'nobody' }, 'publish', 'must be ("members" | "subscribers" | "api"), not "nobody"'],
    [{ history_size: 1 }, 'history_size', UNKNOWN],
  ])('may not be %j', (options, key, message) => {
    expect(mistakesOf({ chat: options })).toEqual([mistake(`.chat.${key}`, message)]);
  });

  it('are refused in every namespace at once', () => {
    expect(mistakesOf({ a: { presence: 1 }, b: null }).map(({ path }) => path)).toEqual([
      'routes[0].target.namespaces.a.presence',
      'routes[0].target.namespaces.b',
    ]);
  });

  it.each([[null], ['chat'], [7]])('are not looked for in %j', (namespaces) => {
    expect(mistakesOf(namespaces)).toEqual([mistake('', `must be Object, not ${JSON.stringify(namespaces)}`)]);
  });
});

describe('the options of a channel', () => {
  const namespaces: Namespaces = {
    '': { ...DEFAULT_CHANNEL_OPTIONS, historySize: 1 },
    chat: { ...DEFAULT_CHANNEL_OPTIONS, historySize: 2 },
    'é 🙂': { ...DEFAULT_CHANNEL_OPTIONS, historySize: 3 },
  };

  it.each([
    ['', 1],
    ['news', 1],
    [':news', 1],
    ['::', 1],
    ['chat', 1],
    ['chat:', 2],
    ['chat:lobby', 2],
    ['chat:news:lobby', 2],
    ['chat::', 2],
    ['é 🙂:x', 3],
  ])('of "%s" are those of the text before its first colon', (channel, historySize) => {
    expect(optionsOf(namespaces, channel)?.historySize).toBe(historySize);
  });

  it.each(['nowhere:a', 'Chat:a', ' chat:a', 'chat :a', 'chat\0:a', '__proto__:a', 'constructor:a', 'toString:a'])(
    'of "%s" are not there',
    (channel) => {
      expect(optionsOf(namespaces, channel)).toBeNull();
    },
  );

  it('are not there at all where even the namespace without a name is missing', () => {
    expect(optionsOf({}, 'news')).toBeNull();
    expect(optionsOf({}, '__proto__')).toBeNull();
  });
});
