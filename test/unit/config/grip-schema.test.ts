import { describe, expect, it } from 'vitest';
import type { ResolvedRoom } from '../../../src/config/config.ts';
import { DEFAULT_GRIP_LIMITS } from '../../../src/config/grip.ts';
import { matchRoute } from '../../../src/config/match.ts';
import { parseConfig, secretsOf } from '../../../src/config/parse.ts';
import { mistakesIn } from './mistakes.ts';

const URL_TO = 'https://app.example/events?x=1';

function grip(path: string, target: object = {}, route: object = {}): object {
  return { path, target: { kind: 'grip', url: URL_TO, ...target }, ...route };
}

function resolve(row: object): ResolvedRoom {
  const target = parseConfig({ routes: [row] }).routes[0]?.target;
  if (target?.kind !== 'room') throw new TypeError('It is no room');
  return target;
}

const mountAt = (path: string, ...routes: object[]) =>
  matchRoute(parseConfig({ routes }), new URL(path, 'http://signalbox.test'))?.route.mount;

const mistakesOf = (row: object) => mistakesIn({ routes: [row] }).map(({ path, message }) => `${path} ${message}`);

describe('a GRIP target', () => {
  it('is a room behind which the application server stands', () => {
    expect(resolve(grip('/chat'))).toMatchObject({
      room: '/chat',
      protocols: ['raw'],
      echo: false,
      tokens: null,
      answersHttp: true,
      grip: { url: URL_TO, maxAnswerBytes: DEFAULT_GRIP_LIMITS.maxResponseBytes },
      application: { kind: 'grip', key: null, issuer: 'signalbox', limits: DEFAULT_GRIP_LIMITS },
    });
  });

  it('says all that it can', () => {
    const target = { room: 'a', protocols: ['sse'], key: 'KEY', issuer: 'edge', publish: 'PUBLISH', api: 'API' };
    const row = grip('/chat', { ...target, limits: { maxRetries: 0, maxResponseBytes: 5 } });
    expect(resolve(row)).toMatchObject({
      room: 'a',
      protocols: ['raw', 'sse'],
      api: 'API',
      grip: { publish: 'PUBLISH', maxAnswerBytes: 5 },
      application: { key: 'KEY', issuer: 'edge', limits: { maxRetries: 0, maxResponseBytes: 5, retryMs: 1000 } },
    });
    expect(secretsOf(parseConfig({ routes: [row] })).sort()).toEqual(['API', 'KEY', 'PUBLISH']);
  });

  it('is one room whatever its path holds, unless it names one', () => {
    expect(resolve(grip('/chat/:id/*')).room).toBe('/chat/{id}/*');
    expect(resolve(grip('/chat/:id', { room: 'chat/:id' })).room).toBe('chat/:id');
  });

  it('has channels of every name, and the options of those that are named', () => {
    const { namespaces } = resolve(grip('/chat', { namespaces: { kept: { historySize: 5 } } }));
    expect(Object.entries(namespaces).map(([name, { historySize }]) => [name, historySize])).toEqual([
      ['', 0],
      ['*', 0],
      ['kept', 5],
    ]);
  });

  it.each([
    ['/chat', '/chat/publish', '/chat/publish/'],
    ['/chat/', '/chat/publish', '/chat/publish/'],
    ['/chat/*', '/chat/publish', '/chat/publish/'],
    ['/', '/publish', '/publish/'],
  ])('is published to below "%s" where it has keys for that', (path, publish, withSlash) => {
    const row = grip(path, { publish: 'KEYS', protocols: ['centrifugo'] }, { auth: { kind: 'ticket', secret: 'T' } });
    expect([mountAt(publish, row), mountAt(withSlash, row)]).toEqual(['publish', 'publish/']);
    expect(mountAt(publish, grip(path)) ?? 'none').not.toBe('publish');
    const { routes } = parseConfig({ routes: [row] });
    expect(routes.flatMap(({ auth, mount }) => (auth === null ? [mount] : [])).sort()).toEqual(['publish', 'publish/']);
  });

  it.each<[string, object, string]>([
    ['no URL', grip('/a', { url: undefined }), 'routes[0].target.url is missing'],
    ['a protocol of the same path', grip('/a', { protocols: ['raw'] }), 'routes[0].target.protocols[0] must be'],
    ['an unknown limit', grip('/a', { limits: { maxMeta: 1 } }), 'routes[0].target.limits.maxMeta is not a key'],
    [
      'a limit of nothing',
      grip('/a', { limits: { maxBufferBytes: 0 } }),
      'routes[0].target.limits.maxBufferBytes must',
    ],
    [
      'more than a row takes',
      grip('/a', { limits: { maxBufferBytes: 524_289 } }),
      'routes[0].target.limits.maxBufferBytes',
    ],
    ['no such parameter', grip('/a', { room: ':b' }), 'routes[0].target.room takes ":b" from the path'],
    ['an empty issuer', grip('/a', { issuer: '' }), 'routes[0].target.issuer must not be empty'],
    ['a name that is no variable', grip('/a', { key: 'a b' }), 'routes[0].target.key must be'],
    [
      'tokens that nobody shows',
      grip('/a', { tokens: { algorithms: ['HS256'], secret: 'S' } }),
      'routes[0].target.tokens are what Centrifugo',
    ],
    [
      'tickets for one connection, which plain requests would not use up',
      grip('/a', {}, { auth: { kind: 'ticket', secret: 'T', once: true } }),
      'routes[0].auth.once needs a room',
    ],
  ])('is refused with %s', (_, row, mistake) => {
    expect(mistakesOf(row)).toEqual([expect.stringContaining(mistake)]);
  });

  it("lets tokens be required of the others: its own clients are the application server's to let in", () => {
    const tokens = { algorithms: ['HS256'], secret: 'S' };
    expect(mistakesOf(grip('/a', { tokens, protocols: ['centrifugo'] }))).toEqual([]);
  });

  it('is refused beside a route that has what it publishes to', () => {
    const page = { path: '/a/publish', target: { kind: 'page', page: 'chat' } };
    const routes = [grip('/a', { publish: 'KEYS' }), page];
    expect(mistakesIn({ routes }).map(({ path }) => path)).toEqual(['routes[1].path']);
  });
});
