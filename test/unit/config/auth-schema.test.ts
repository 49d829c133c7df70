import { describe, expect, it } from 'vitest';
import { type Auth, KEY_ALGORITHMS } from '../../../src/config/auth.ts';
import { resolveAuth } from '../../../src/config/auth-schema.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import { EVERYTHING } from '../../../src/config/permissions.ts';
import { HTTP_URL, mistakesIn, row, UNKNOWN, VARIABLE } from './mistakes.ts';

const JWT = { kind: 'jwt', algorithms: ['HS256'], secret: 'SECRET' };
const KEYS = { kind: 'jwt', algorithms: ['RS256'], jwks: 'https://a.example/keys' };
const TICKET = { kind: 'ticket', secret: 'SECRET' };
const FORWARD = { kind: 'forward', url: 'https://a.example/who' };

const mistake = (path: string, message: string) => ({ path: `routes[0].${path}`, message });
const mistakesOf = (auth: unknown) => mistakesIn({ routes: [row({ auth })] });

const ONE_OF = 'must have one of "secret" and "jwks", and not both';
const FIT = 'must name algorithms that fit: HS256 with "secret"; RS256, ES256, EdDSA with "jwks"';
const ALGORITHMS = 'must be ("HS256" | "RS256" | "ES256" | "EdDSA")';
const ACTIONS = 'must be ("subscribe" | "publish" | "presence" | "history")';
const KINDS = '("jwt" | "ticket" | "forward")';

describe('what a route says about identity', () => {
  it.each([
    [JWT],
    [{ ...JWT, issuer: 'a', audience: 'b', clockTolerance: 600, permissions: [], permissionsClaim: 'c' }],
    [{ ...KEYS, algorithms: KEY_ALGORITHMS }],
    [{ ...KEYS, jwks: 'http://10.0.0.1:8080/keys?a=1' }],
    [{ ...TICKET, once: true, from: ['authorization', { cookie: '__Host-a' }, { query: 'a b' }] }],
    [{ ...FORWARD, method: 'POST', headers: [], from: [], timeoutMs: 60_000 }],
    [{ ...FORWARD, permissions: [{ room: 'a*', channel: 'b', allow: ['subscribe', 'history'] }, { allow: [] }] }],
  ])('may be %j', (auth) => {
    expect(mistakesOf(auth)).toEqual([]);
  });

  it.each<[unknown, string, string]>([
    [null, 'auth', 'must be Object, not null'],
    ['jwt', 'auth', 'must be Object, not "jwt"'],
    [{}, 'auth.kind', `is missing: it must be ${KINDS}`],
    [{ ...JWT, kind: 'basic' }, 'auth.kind', `must be ${KINDS}, not "basic"`],
    [{ ...JWT, secrets: 'A' }, 'auth.secrets', UNKNOWN],
    [{ ...JWT, once: true }, 'auth.once', UNKNOWN],
    [{ ...TICKET, algorithms: ['HS256'] }, 'auth.algorithms', UNKNOWN],
    [{ ...FORWARD, secret: 'A' }, 'auth.secret', UNKNOWN],
    [{ kind: 'jwt', secret: 'SECRET' }, 'auth.algorithms', 'is missing'],
    [{ kind: 'ticket' }, 'auth.secret', 'is missing'],
    [{ kind: 'forward' }, 'auth.url', 'is missing'],
  ])('can not be %j', (auth, path, message) => {
    expect(mistakesOf(auth)).toEqual([mistake(path, message)]);
  });
});

describe('a JWT route', () => {
  it.each([
    ['neither a secret nor a key set', { kind: 'jwt', algorithms: ['HS256'] }, ONE_OF],
    ['both a secret and a key set', { ...KEYS, secret: 'SECRET' }, ONE_OF],
    ['a key algorithm and a secret', { ...JWT, algorithms: ['RS256'] }, FIT],
    ['a secret algorithm and a key set', { ...KEYS, algorithms: ['HS256'] }, FIT],
    ['both kinds of algorithms and a secret', { ...JWT, algorithms: ['HS256', 'ES256'] }, FIT],
    ['both kinds of algorithms and a key set', { ...KEYS, algorithms: ['EdDSA', 'HS256'] }, FIT],
  ])('is refused with %s', (_, auth, message) => {
    expect(mistakesOf(auth)).toContainEqual(mistake('auth', message));
  });

  it.each<[object, string, string]>([
    [{ algorithms: [] }, 'algorithms', 'must not be empty'],
    [{ algorithms: 'HS256' }, 'algorithms', 'must be Array, not "HS256"'],
    [{ algorithms: ['none'] }, 'algorithms[0]', `${ALGORITHMS}, not "none"`],
    [{ algorithms: ['HS256', 'HS512'] }, 'algorithms[1]', `${ALGORITHMS}, not "HS512"`],
    [{ algorithms: ['hs256'] }, 'algorithms[0]', `${ALGORITHMS}, not "hs256"`],
    [{ issuer: '' }, 'issuer', 'must not be empty: write an issuer, or leave it out'],
    [{ audience: '' }, 'audience', 'must not be empty: write an audience, or leave it out'],
    [{ audience: ['a'] }, 'audience', 'must be string, not Array'],
    [{ clockTolerance: -1 }, 'clockTolerance', 'must be a whole number from 0 to 600'],
    [{ clockTolerance: 601 }, 'clockTolerance', 'must be a whole number from 0 to 600'],
    [{ clockTolerance: 0.5 }, 'clockTolerance', 'must be a whole number from 0 to 600'],
    [{ permissionsClaim: '' }, 'permissionsClaim', 'must not be empty: write the name of a claim, or leave it out'],
    [{ permissions: { allow: [] } }, 'permissions', 'must be Array, not Object'],
    [{ permissions: [{}] }, 'permissions[0].allow', 'is missing'],
    [{ permissions: [{ allow: ['publish', 'fly'] }] }, 'permissions[0].allow[1]', `${ACTIONS}, not "fly"`],
    [{ permissions: [{ allow: [], rooms: 'a' }] }, 'permissions[0].rooms', UNKNOWN],
  ])('is refused for %j', (changes, path, message) => {
    expect(mistakesOf({ ...JWT, ...changes })).toContainEqual(mistake(`auth.${path}`, message));
  });

  it.each(['a.example', 'ftp://a.example', ''])('is refused for a key set at %j', (jwks) => {
    expect(mistakesOf({ ...KEYS, jwks })).toEqual([mistake('auth.jwks', HTTP_URL)]);
  });
});

describe('a secret', () => {
  const bad = ['', 'my secret', 'a-b', '1A', 'A.B', 'YWJjZGVm==', 'a\n', 'é'];

  it.each(bad)('is named, and never written: %j', (secret) => {
    for (const auth of [JWT, TICKET])
      expect(mistakesOf({ ...auth, secret })).toEqual([mistake('auth.secret', VARIABLE)]);
    for (const key of ['keys', 'tickets']) {
      const target = { kind: 'api', keys: 'A', [key]: secret };
      const mistakes = mistakesIn({ routes: [row({ path: '/a/*', target })] });
      expect(mistakes).toEqual([mistake(`target.${key}`, VARIABLE)]);
    }
  });

  it.each(['A', '_', 'JWT_SECRET_2', 'jwtSecret'])('may be named %s', (secret) => {
    expect(mistakesOf({ ...JWT, secret })).toEqual([]);
  });
});

describe('where a credential may be', () => {
  it.each<[unknown, string, string]>([
    [[], '', 'must not be empty'],
    ['authorization', '', 'must be Array, not "authorization"'],
    [['header'], '[0]', 'must be ("authorization" | "subprotocol"), not "header"'],
    [['authorization', { cookie: '' }], '[1].cookie', 'must be the name of a cookie'],
    [[{ cookie: 'a b' }], '[0].cookie', 'must be the name of a cookie'],
    [[{ cookie: 'a=b' }], '[0].cookie', 'must be the name of a cookie'],
    [[{ cookie: 'a;b' }], '[0].cookie', 'must be the name of a cookie'],
    [[{ query: '' }], '[0].query', 'must not be empty: write the name of a query parameter'],
  ])('can not be %j', (from, path, message) => {
    for (const auth of [JWT, TICKET]) {
      expect(mistakesOf({ ...auth, from })).toEqual([mistake(`auth.from${path}`, message)]);
    }
  });

  it.each([[{}], [null], [7], [{ header: 'a' }], [{ cookie: 7 }], [{ cookie: 'a', query: 'b' }]])(
    'can not be %j either',
    (source) => {
      const paths = mistakesOf({ ...JWT, from: [source] }).map(({ path }) => path);
      expect(paths).not.toEqual([]);
      for (const path of paths) expect(path).toMatch(/^routes\[0\]\.auth\.from\[0\]/);
    },
  );

  it('can be a subprotocol only beside others', () => {
    const auth = { ...JWT, from: ['subprotocol'] };
    const message = 'takes credentials from a subprotocol, so the route needs "protocols" that clients offer beside it';
    expect(mistakesOf(auth)).toEqual([mistake('auth.from', message)]);
    expect(mistakesOf({ ...FORWARD, from: [{ query: 'a' }, 'subprotocol'] })).toEqual([mistake('auth.from', message)]);
    expect(mistakesIn({ routes: [row({ auth, protocols: ['chat'] })] })).toEqual([]);
  });
});

describe('a forward route', () => {
  it.each<[object, string, string]>([
    [{ url: 'a.example' }, 'url', HTTP_URL],
    [{ url: 'wss://a.example' }, 'url', HTTP_URL],
    [{ method: 'HEAD' }, 'method', 'must be ("GET" | "POST"), not "HEAD"'],
    [{ headers: ['a b'] }, 'headers[0]', 'must be the name of a header'],
    [{ headers: ['Cookie', ''] }, 'headers[1]', 'must be the name of a header'],
    [{ timeoutMs: 0 }, 'timeoutMs', 'must be a whole number from 1 to 60000'],
    [{ timeoutMs: 60_001 }, 'timeoutMs', 'must be a whole number from 1 to 60000'],
  ])('is refused for %j', (changes, path, message) => {
    expect(mistakesOf({ ...FORWARD, ...changes })).toEqual([mistake(`auth.${path}`, message)]);
  });
});

describe('the path of an API', () => {
  const target = { kind: 'api', keys: 'KEYS' };

  it.each(['/admin/*', '/a/b/*', '/caf%C3%A9/*', '/a-b.c/*'])('may be %s', (path) => {
    expect(mistakesIn({ routes: [row({ path, target })] })).toEqual([]);
  });

  it.each(['/', '/*', '/admin', '/admin/', '/:a/*', '/admin/:a/*', '/admin/:a'])('can not be %s', (path) => {
    const message = 'of an API must be text that ends in "/*", such as "/admin/*"';
    expect(mistakesIn({ routes: [row({ path, target })] })).toEqual([mistake('path', message)]);
  });
});

describe('what a route leaves out about identity', () => {
  const all = { from: ['authorization'], permissions: EVERYTHING };

  it.each<[Auth, object]>([
    [JWT as Auth, { ...JWT, ...all, clockTolerance: 5, permissionsClaim: 'permissions' }],
    [TICKET as Auth, { ...TICKET, once: false, from: ['authorization'] }],
    [
      FORWARD as Auth,
      { ...FORWARD, ...all, from: [], method: 'GET', headers: ['Authorization', 'Cookie'], timeoutMs: 5000 },
    ],
  ])('has its default, also where it is undefined: $kind', (auth, defaults) => {
    const undefinedToo = Object.fromEntries(Object.keys(defaults).map((key) => [key, undefined]));
    expect(resolveAuth(auth)).toStrictEqual(defaults);
    expect(resolveAuth({ ...undefinedToo, ...auth } as Auth)).toStrictEqual(defaults);
    const [route] = parseConfig({ routes: [row({ auth: { ...undefinedToo, ...auth } })] }).routes;
    expect(route?.auth).toStrictEqual(defaults);
  });

  it('is nothing at all where it has no auth', () => {
    expect(parseConfig({ routes: [row({ auth: undefined })] }).routes[0]?.auth).toBeNull();
  });

  it('has no default where it says something else', () => {
    const said = { from: [{ cookie: 'a' }], permissions: [], clockTolerance: 0, permissionsClaim: 'p', audience: 'b' };
    expect(resolveAuth({ ...JWT, ...said } as Auth)).toStrictEqual({ ...JWT, ...said });
  });
});

it('is refused for a URL that holds a password', () => {
  const auth = { kind: 'jwt', algorithms: ['RS256'], jwks: 'https://user:pass@a.example/' };
  expect(mistakesIn({ routes: [row({ auth })] })).toEqual([{ path: 'routes[0].auth.jwks', message: HTTP_URL }]);
});

it('is refused for handing on headers that the router writes itself', () => {
  const auth = { kind: 'forward', url: 'https://a.example', headers: ['Cookie', 'X-Forwarded-For'] };
  const message = 'may not be one of X-Forwarded-*, which the router writes itself';
  expect(mistakesIn({ routes: [row({ auth })] })).toEqual([{ path: 'routes[0].auth.headers[1]', message }]);
});

it('is refused for a subprotocol that looks like a credential', () => {
  const message = 'may not begin with "signalbox.bearer.", which marks a credential';
  const routes = [row({ protocols: ['signalbox.bearer.x'] })];
  expect(mistakesIn({ routes })).toEqual([{ path: 'routes[0].protocols[0]', message }]);
});
