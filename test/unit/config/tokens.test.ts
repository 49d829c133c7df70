import { describe, expect, it } from 'vitest';
import type { ResolvedRoom } from '../../../src/config/config.ts';
import { parseConfig, secretsOf } from '../../../src/config/parse.ts';
import { EVERYTHING } from '../../../src/config/permissions.ts';
import { mistakesIn, row, UNKNOWN, VARIABLE } from './mistakes.ts';

const GOOD = { algorithms: ['HS256'], secret: 'TOKEN_SECRET' };
const rowWith = (target: object, more: object = {}) =>
  row({ target: { kind: 'room', room: 'lobby', protocols: ['centrifugo'], ...target }, ...more });
const mistakesOf = (target: object, more: object = {}) => mistakesIn({ routes: [rowWith(target, more)] });
const mistake = (path: string, message: string) => ({ path: `routes[0].target.${path}`, message });
const resolve = (target: object) => {
  const targets = parseConfig({ routes: [rowWith(target)] }).routes.map((route) => route.target as ResolvedRoom);
  return targets[0]?.tokens;
};

describe('the tokens of a room', () => {
  it('are not looked at where nothing is said of them', () => {
    expect(resolve({})).toBeNull();
  });

  it('have defaults for all but their keys', () => {
    expect(resolve({ tokens: GOOD })).toEqual({
      ...GOOD,
      clockTolerance: 5,
      required: true,
      permissions: EVERYTHING,
    });
  });

  it('may say all of it', () => {
    const tokens = {
      algorithms: ['RS256', 'EdDSA'],
      jwks: 'https://login.example/keys',
      issuer: 'i',
      audience: 'a',
      clockTolerance: 0,
      required: false,
      permissions: [{ room: 'a', channel: 'b', allow: ['publish'] }],
    };
    expect(resolve({ tokens })).toEqual(tokens);
  });

  it('name a secret that the deployment has to have', () => {
    expect(secretsOf(parseConfig({ routes: [rowWith({ tokens: GOOD, api: 'KEYS' })] }))).toEqual([
      'KEYS',
      'TOKEN_SECRET',
    ]);
  });
});

describe('a mistake in the tokens of a room', () => {
  const key = 'must have one of "secret" and "jwks", and not both';
  const fit = 'must name algorithms that fit: HS256 with "secret"; RS256, ES256, EdDSA with "jwks"';
  it.each<[object, string, string]>([
    [{ algorithms: ['HS256'] }, 'tokens', key],
    [{ ...GOOD, jwks: 'https://login.example/keys' }, 'tokens', key],
    [{ ...GOOD, algorithms: ['RS256'] }, 'tokens', fit],
    [{ ...GOOD, algorithms: ['HS256', 'RS256'] }, 'tokens', fit],
    [{ algorithms: ['HS256'], jwks: 'https://login.example/keys' }, 'tokens', fit],
    [{ ...GOOD, algorithms: [] }, 'tokens.algorithms', 'must not be empty'],
    [{ ...GOOD, secret: 'not a name' }, 'tokens.secret', VARIABLE],
    [{ ...GOOD, clockTolerance: 601 }, 'tokens.clockTolerance', 'must be a whole number from 0 to 600'],
    [{ ...GOOD, require: true }, 'tokens.require', UNKNOWN],
    [{ ...GOOD, kind: 'jwt' }, 'tokens.kind', UNKNOWN],
    [{ ...GOOD, from: ['authorization'] }, 'tokens.from', UNKNOWN],
  ])('is told with its place: %j', (tokens, path, message) => {
    expect(mistakesOf({ tokens })).toContainEqual(mistake(path, message));
  });

  it.each([null, 'TOKEN_SECRET', true, [GOOD], { ...GOOD, required: 'yes' }, { ...GOOD, permissions: {} }])(
    'is %j',
    (tokens) => {
      expect(mistakesOf({ tokens })).not.toEqual([]);
    },
  );
});

describe('what a room says of tokens', () => {
  const open =
    'are required, but clients of the other protocols have none to show: give the route "auth", or a route of their own to these protocols';
  const both = { protocols: ['raw', 'centrifugo'] };
  const auth = { kind: 'jwt', algorithms: ['HS256'], secret: 'JWT_SECRET' };

  it('is a mistake where nobody has any to show', () => {
    const message = 'are what Centrifugo\'s clients show: name "centrifugo" in "protocols"';
    expect(mistakesOf({ tokens: GOOD, protocols: ['raw'] })).toEqual([mistake('tokens', message)]);
    expect(mistakesOf({ tokens: GOOD, protocols: undefined })).toEqual([mistake('tokens', message)]);
  });

  it('is a mistake where channels want some and it is not said which are good', () => {
    const message = 'has channels that want subscription tokens, so the room needs "tokens" that say which are good';
    const namespaces = { a: {}, b: { subscribe: 'token' } };
    expect(mistakesOf({ namespaces })).toEqual([mistake('namespaces', message)]);
    expect(mistakesOf({ namespaces, tokens: GOOD })).toEqual([]);
  });

  it('is a mistake where they are required and bare sockets come in without', () => {
    expect(mistakesOf({ ...both, tokens: GOOD })).toEqual([mistake('tokens', open)]);
    expect(mistakesOf({ ...both, tokens: { ...GOOD, required: true } })).toEqual([mistake('tokens', open)]);
  });

  it('is none where the edge asks who they are, or they need not be shown', () => {
    expect(mistakesOf({ ...both, tokens: GOOD }, { auth })).toEqual([]);
    expect(mistakesOf({ ...both, tokens: { ...GOOD, required: false } })).toEqual([]);
  });
});

it('knows two ways in which a channel may be subscribed to', () => {
  for (const subscribe of ['members', 'token'])
    expect(mistakesOf({ tokens: GOOD, namespaces: { a: { subscribe } } })).toEqual([]);
  for (const subscribe of ['tokens', true, null])
    expect(mistakesOf({ tokens: GOOD, namespaces: { a: { subscribe } } })).not.toEqual([]);
});
