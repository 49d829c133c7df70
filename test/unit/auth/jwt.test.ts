import { base64url, exportSPKI, type JWTPayload, UnsecuredJWT } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { JwtVerifier } from '../../../src/auth/jwt.ts';
import { MissingSecret } from '../../../src/auth/ports.ts';
import { type JwtAlgorithm, KEY_ALGORITHMS } from '../../../src/config/auth.ts';
import { Rejected } from '../../../src/config/errors.ts';
import { EVERYTHING } from '../../../src/config/permissions.ts';
import {
  createSigner,
  FakeWorld,
  JWKS,
  keySet,
  NOW,
  resolved,
  SECRET,
  type Signer,
  sign,
} from '../../support/tokens.ts';

const RSA = await createSigner('RS256', 'rsa');
const EC = await createSigner('ES256', 'ec');
const ED = await createSigner('EdDSA', 'ed');
/** Keys of somebody else, under the names of ours. */
const FORGED: Signer[] = await Promise.all([createSigner('RS256', 'rsa'), createSigner('ES256', 'ec')]);

const ANN = { identity: { userId: 'ann', claims: {} }, permissions: EVERYTHING, expiresAt: null, once: null };
const INVALID = new Rejected('ERR_CREDENTIALS_INVALID');

let world: FakeWorld;

beforeEach(() => {
  world = new FakeWorld();
  world.answers[JWKS] = () => keySet(RSA, EC, ED);
});

function withSecret(token: string) {
  return new JwtVerifier().verify(resolved({ kind: 'jwt', algorithms: ['HS256'], secret: 'SECRET' }), token, world);
}

function withKeys(token: string, algorithms: readonly JwtAlgorithm[] = KEY_ALGORITHMS) {
  return new JwtVerifier().verify(resolved({ kind: 'jwt', algorithms, jwks: JWKS }), token, world);
}

/** A token of any shape, whoever would sign it or not. */
function assemble(header: object, claims: object, signature = ''): string {
  return [header, claims]
    .map((part) => base64url.encode(JSON.stringify(part)))
    .join('.')
    .concat('.', signature);
}

describe('a good token', () => {
  it('is one signed with the secret', async () => {
    expect(await withSecret(await sign({}, SECRET))).toEqual(ANN);
    expect(world.asked).toEqual([]);
  });

  it.each([RSA, EC, ED])('is one signed with a key of the key set by $alg', async (signer) => {
    expect(await withKeys(await sign({}, signer))).toEqual(ANN);
    expect(await withKeys(await sign({}, signer), [signer.alg])).toEqual(ANN);
  });
});

describe('an unsigned token', () => {
  const claims: JWTPayload = { sub: 'ann' };

  it.each(['none', 'None', 'NONE', 'nOnE', ''])('is refused, however it writes its algorithm: %j', async (alg) => {
    for (const token of [assemble({ alg }, claims), assemble({ alg, kid: 'rsa' }, claims, 'AAAA')]) {
      expect(await withSecret(token)).toEqual(INVALID);
      expect(await withKeys(token)).toEqual(INVALID);
    }
  });

  it('is refused as libraries make it', async () => {
    expect(await withSecret(new UnsecuredJWT(claims).encode())).toEqual(INVALID);
  });

  it.each(['HS256', 'RS256', 'ES256', 'EdDSA'])('is refused that says it is signed by %s', async (alg) => {
    expect(await withSecret(assemble({ alg }, claims))).toEqual(INVALID);
    expect(await withKeys(assemble({ alg }, claims))).toEqual(INVALID);
  });
});

describe('a token signed in another way than the route lists', () => {
  it('is refused where the secret is a public key that everybody knows', async () => {
    const pem = await exportSPKI(RSA.publicKey);
    const secrets = [pem, pem.trim(), JSON.stringify(RSA.jwk), RSA.jwk.n ?? ''];
    for (const secret of secrets) {
      for (const header of [{}, { kid: 'rsa' }]) {
        expect(await withKeys(await sign({}, secret, header))).toEqual(INVALID);
      }
    }
  });

  it.each([
    [RSA, ['ES256', 'EdDSA']],
    [EC, ['RS256']],
    [ED, ['RS256', 'ES256']],
  ] as const)('is refused: $alg', async (signer, listed) => {
    expect(await withKeys(await sign({}, signer), listed)).toEqual(INVALID);
  });

  it.each(['HS384', 'HS512'])('is refused by the same secret and %s', async (alg) => {
    expect(await withSecret(await sign({}, SECRET.repeat(2), { alg }))).toEqual(INVALID);
    world.secrets.SECRET = SECRET.repeat(2);
    expect(await withSecret(await sign({}, SECRET.repeat(2), { alg }))).toEqual(INVALID);
  });

  it('is refused that names the key of another algorithm', async () => {
    expect(await withKeys(await sign({}, EC, { kid: 'rsa' }))).toEqual(INVALID);
  });
});

describe('a token of somebody else', () => {
  it('is refused with another secret', async () => {
    for (const secret of [`${SECRET} `, SECRET.slice(0, -1), 'SECRET', SECRET.toUpperCase()]) {
      expect(await withSecret(await sign({}, secret))).toEqual(INVALID);
    }
  });

  it.each(FORGED)('is refused with another key of the same name by $alg', async (signer) => {
    expect(await withKeys(await sign({}, signer))).toEqual(INVALID);
  });

  it.each(FORGED)('is refused that brings its own key along by $alg', async (signer) => {
    const theirs = 'https://evil.example/jwks.json';
    world.answers[theirs] = () => keySet(signer);
    const header = { jwk: signer.jwk, jku: theirs, x5u: theirs };
    expect(await withKeys(await sign({}, signer, header))).toEqual(INVALID);
    expect(world.asked.map(({ url }) => url)).not.toContain(theirs);
  });
});

describe('a secret that is not set', () => {
  it.each([undefined, ''])('is a mistake of the deployment, and lets nobody in: %j', async (value) => {
    const token = await sign({}, SECRET);
    world.secrets = value === undefined ? {} : { SECRET: value };
    await expect(withSecret(token)).rejects.toThrow(MissingSecret);
    await expect(withSecret('garbage')).rejects.toThrow(/SECRET/);
  });
});

it('takes the time from its port', async () => {
  const token = await sign({ exp: NOW + 60 }, SECRET);
  expect(await withSecret(token)).toMatchObject({ identity: ANN.identity });
  world.time = (NOW + 120) * 1000;
  expect(await withSecret(token)).toEqual(new Rejected('ERR_CREDENTIALS_EXPIRED'));
});
