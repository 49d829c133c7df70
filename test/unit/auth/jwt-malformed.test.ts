import fc from 'fast-check';
import { base64url } from 'jose';
import { describe, expect, it } from 'vitest';
import { JwtVerifier } from '../../../src/auth/jwt.ts';
import { KEY_ALGORITHMS } from '../../../src/config/auth.ts';
import { Rejected } from '../../../src/config/errors.ts';
import { createSigner, FakeWorld, JWKS, keySet, resolved, SECRET, sign } from '../../support/tokens.ts';

const KEY = await createSigner('ES256', 'a');
const INVALID = new Rejected('ERR_CREDENTIALS_INVALID');

function withSecret(token: string) {
  const auth = resolved({ kind: 'jwt', algorithms: ['HS256'], secret: 'SECRET' });
  return new JwtVerifier().verify(auth, token, new FakeWorld());
}

function withKeys(token: string) {
  const world = new FakeWorld();
  world.answers[JWKS] = () => keySet(KEY);
  return new JwtVerifier().verify(resolved({ kind: 'jwt', algorithms: KEY_ALGORITHMS, jwks: JWKS }), token, world);
}

const part = (value: unknown) => base64url.encode(JSON.stringify(value));

describe('what is no token', () => {
  it.each([
    ['nothing', ''],
    ['a word', 'token'],
    ['dots', '..'],
    ['more dots', '....'],
    ['parts that are not base64url', '!.!.!'],
    ['parts that are not JSON', 'AAAA.AAAA.AAAA'],
    ['a header that is no object', `${part([])}.${part({})}.AAAA`],
    ['a header without an algorithm', `${part({})}.${part({})}.AAAA`],
    ['a header whose algorithm is no string', `${part({ alg: ['HS256'] })}.${part({})}.AAAA`],
    ['text beyond ASCII', 'é.é.é'],
    ['a zero byte', '\0.\0.\0'],
    ['a mebibyte', 'a'.repeat(1 << 20)],
    ['a mebibyte of dots', '.'.repeat(1 << 20)],
    [
      'three mebibytes in three parts',
      Array(3)
        .fill('a'.repeat(1 << 20))
        .join('.'),
    ],
  ])('is refused: %s', async (_, text) => {
    expect(await withSecret(text)).toEqual(INVALID);
    expect(await withKeys(text)).toEqual(INVALID);
  });

  it('is refused: a good token with something missing, or with something more', async () => {
    const token = await sign({}, SECRET);
    const [header, claims, signature] = token.split('.');
    const spoilt = [
      `${header}.${claims}`,
      `${header}.${claims}.`,
      `.${claims}.${signature}`,
      `${header}..${signature}`,
    ];
    for (const text of [
      ...spoilt,
      `${token}.`,
      `${token}.a`,
      `.${token}`,
      `${token}A`,
      ` ${token}`,
      token.slice(0, -4),
    ]) {
      expect([text, await withSecret(text)]).toEqual([text, INVALID]);
    }
  });

  it('is refused: a good token of which one character was changed', async () => {
    const token = await sign({}, SECRET);
    const signed = token.lastIndexOf('.');
    const character = fc.constantFrom(...'ABab01-_.');
    const change = fc.tuple(fc.nat({ max: signed - 1 }), character).filter(([at, to]) => token[at] !== to);
    await fc.assert(
      fc.asyncProperty(change, async ([at, to]) => {
        expect(await withSecret(token.slice(0, at) + to + token.slice(at + 1))).toEqual(INVALID);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it('is refused: a good token whose head demands what we do not know', async () => {
    const [, claims, signature] = (await sign({}, SECRET)).split('.');
    const header = part({ alg: 'HS256', crit: ['x'], x: 1 });
    expect(await withSecret(`${header}.${claims}.${signature}`)).toEqual(INVALID);
  });
});
