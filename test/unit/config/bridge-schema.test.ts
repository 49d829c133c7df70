import { describe, expect, it } from 'vitest';
import { parseConfig, secretsOf } from '../../../src/config/parse.ts';
import { chosen, proxy, tunnel } from './bridge-targets.ts';
import { mistakesIn, row } from './mistakes.ts';

describe('limits', () => {
  const OF_MESSAGES = {
    maxMessageBytes: 1,
    messagesPerSecond: 1,
    messageBurst: 1,
    bytesPerSecond: 1,
    overRate: 'drop',
    maxBufferedBytes: 1,
  };
  const COUNTED = { maxConnections: 1, maxConnectionsPerUser: 1, maxConnectionsPerAddress: 1 };

  function mistakesWith(target: object, limits: object): [string, string][] {
    const mistakes = mistakesIn({ routes: [row({ path: '/live', target, limits })] });
    return mistakes.map(({ path, message }) => [path.replace('routes[0].limits.', ''), message]);
  }

  it('on messages need a proxy that looks at them', () => {
    const message = 'needs "inspect: true" in the target: without it nobody here sees messages';
    expect(mistakesWith(proxy(), OF_MESSAGES)).toEqual(Object.keys(OF_MESSAGES).map((key) => [key, message]));
    expect(mistakesWith(proxy({ inspect: true }), OF_MESSAGES)).toEqual([]);
  });

  it('on how often messages come are none of a tunnel', () => {
    const message = 'is not counted in a tunnel, whose messages are but pieces of a stream: remove it';
    const { maxMessageBytes, maxBufferedBytes, ...ofRate } = OF_MESSAGES;
    expect(mistakesWith(tunnel(), ofRate)).toEqual(Object.keys(ofRate).map((key) => [key, message]));
    expect(mistakesWith(tunnel(), { maxMessageBytes, maxBufferedBytes })).toEqual([]);
  });

  it.each([
    ['proxy', proxy({ inspect: true })],
    ['tunnel', tunnel()],
  ])('on the connections of a room are none of a %s', (kind, target) => {
    const message = `is counted by rooms, and a ${kind} has none: remove it`;
    expect(mistakesWith(target, COUNTED)).toEqual(Object.keys(COUNTED).map((key) => [key, message]));
  });

  it('on upgrades hold everywhere', () => {
    for (const target of [proxy(), tunnel()]) expect(mistakesWith(target, { upgradesPerMinute: 1 })).toEqual([]);
  });
});

it.each([proxy(), tunnel()])('can not be sure that a ticket opens only one %j', (target) => {
  const auth = { kind: 'ticket', secret: 'TICKET_SECRET', once: true };
  expect(mistakesIn({ routes: [row({ target, auth })] })).toEqual([
    {
      path: 'routes[0].auth.once',
      message: 'needs a room, which remembers the tickets that were used: nothing else does',
    },
  ]);
  expect(mistakesIn({ routes: [row({ target, auth: { ...auth, once: false } })] })).toEqual([]);
});

it('names the environment variables that bridges need', () => {
  const sticky = { sticky: { cookie: 'u', secret: 'STICKY_SECRET' } };
  const routes = [
    row({ path: '/a', target: proxy({ policy: sticky, secret: { header: 'X-A', value: 'ROUTER_SECRET' } }) }),
    row({ path: '/b', target: tunnel({ policy: sticky }) }),
    row({ path: '/c', target: chosen() }),
    row({ path: '/d', target: tunnel({ policy: { sticky: 'address' } }) }),
  ];
  expect(secretsOf(parseConfig({ routes }))).toEqual(['STICKY_SECRET', 'ROUTER_SECRET', 'DIAL_SECRET']);
});
