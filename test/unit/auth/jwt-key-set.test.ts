import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { JwtVerifier } from '../../../src/auth/jwt.ts';
import { KEY_ALGORITHMS } from '../../../src/config/auth.ts';
import { Rejected } from '../../../src/config/errors.ts';
import { createSigner, FakeWorld, JWKS, keySet, NOW, resolved, type Signer, sign } from '../../support/tokens.ts';

const OLD = await createSigner('ES256', 'old');
const NEW = await createSigner('ES256', 'new');
const NAMELESS = await Promise.all([createSigner('ES256'), createSigner('ES256'), createSigner('RS256')]);
const STRANGER = await createSigner('ES256');

const ANN = { identity: { userId: 'ann' } };
const UNAVAILABLE = new Rejected('ERR_KEYS_UNAVAILABLE', { 'Retry-After': '5' });
const INVALID = new Rejected('ERR_CREDENTIALS_INVALID');

let world: FakeWorld;
let verifier: JwtVerifier;

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  world = new FakeWorld();
  world.answers[JWKS] = () => keySet(OLD);
  verifier = new JwtVerifier();
});

afterEach(() => {
  vi.restoreAllMocks();
});

async function verify(by: Signer, claims = {}, jwks = JWKS) {
  const auth = resolved({ kind: 'jwt', algorithms: KEY_ALGORITHMS, jwks });
  return verifier.verify(auth, await sign(claims, by), world);
}

describe('a token of a key that is not known', () => {
  it('is good once the key is in the key set', async () => {
    expect(await verify(OLD)).toMatchObject(ANN);
    world.answers[JWKS] = () => keySet(OLD, NEW);
    expect(await verify(NEW)).toMatchObject(ANN);
    expect(await verify(NEW)).toMatchObject(ANN);
    expect(world.asked).toHaveLength(2);
  });

  it('is refused where the key set has no such key, also when it is asked again', async () => {
    expect(await verify(NEW)).toEqual(INVALID);
    expect(world.asked).toHaveLength(2);
  });

  it('is refused for what else is wrong with it, once its key is known', async () => {
    await verify(OLD);
    world.answers[JWKS] = () => keySet(OLD, NEW);
    expect(await verify(NEW, { exp: NOW - 60 })).toEqual(new Rejected('ERR_CREDENTIALS_EXPIRED'));
  });

  it('is refused without asking where too many were asked for, and known keys stay good', async () => {
    for (let time = 0; time < 50; time++) expect(await verify(NEW)).toEqual(INVALID);
    expect(world.asked).toHaveLength(1 + 10);
    expect(await verify(OLD)).toMatchObject(ANN);
    world.answers[JWKS] = () => keySet(NEW);
    world.time += 30_000;
    expect(await verify(NEW)).toMatchObject(ANN);
  });

  it('is to come back where the key set can not be fetched, and known keys stay good', async () => {
    await verify(OLD);
    world.answers[JWKS] = () => new Response('', { status: 503 });
    for (let time = 0; time < 50; time++) {
      expect(await verify(NEW)).toEqual(UNAVAILABLE);
      world.time += 1000;
    }
    expect(await verify(OLD)).toMatchObject(ANN);
    world.answers[JWKS] = () => keySet(OLD);
    world.time += 30_000;
    expect(await verify(NEW)).toEqual(INVALID);
  });

  it('is refused without asking where only its signature is wrong', async () => {
    expect(await verify({ ...NEW, jwk: OLD.jwk })).toEqual(INVALID);
    expect(world.asked).toHaveLength(1);
  });
});

describe('a token without the name of a key', () => {
  it.each(NAMELESS)('is good by each of the keys: %#', async (signer) => {
    world.answers[JWKS] = () => keySet(...NAMELESS, OLD);
    expect(await verify(signer)).toMatchObject(ANN);
  });

  it('is good by the only key that fits', async () => {
    expect(await verify({ ...OLD, jwk: { ...OLD.jwk, kid: undefined } })).toMatchObject(ANN);
  });

  it('is refused by none of the keys', async () => {
    world.answers[JWKS] = () => keySet(...NAMELESS);
    expect(await verify(STRANGER)).toEqual(INVALID);
  });

  it('is refused for what else is wrong with it', async () => {
    world.answers[JWKS] = () => keySet(...NAMELESS);
    const [, second] = NAMELESS;
    expect(await verify(second, { exp: NOW - 60 })).toEqual(new Rejected('ERR_CREDENTIALS_EXPIRED'));
    expect(await verify(second, { nbf: NOW + 60 })).toEqual(INVALID);
  });
});

describe('a key', () => {
  it.each([
    ['for encryption', { use: 'enc' }],
    ['for another algorithm', { alg: 'ES384' }],
    ['for other operations', { key_ops: ['encrypt'] }],
    ['of another curve', { crv: 'P-384' }],
  ])('%s is not used', async (_, changes) => {
    world.answers[JWKS] = () => Response.json({ keys: [{ ...OLD.jwk, ...changes }] });
    expect(await verify(OLD)).toEqual(INVALID);
  });

  it('is not used that is a secret', async () => {
    const secret = { kty: 'oct', kid: 'old', k: 'c2VjcmV0', alg: 'HS256' };
    world.answers[JWKS] = () => Response.json({ keys: [secret] });
    const token = await sign({}, 'secret', { kid: 'old' });
    const auth = resolved({ kind: 'jwt', algorithms: KEY_ALGORITHMS, jwks: JWKS });
    expect(await verifier.verify(auth, token, world)).toEqual(INVALID);
  });

  it('is no longer good when the key set is asked again and has it no more', async () => {
    expect(await verify(OLD)).toMatchObject(ANN);
    world.answers[JWKS] = () => keySet(NEW);
    world.time += 10 * 60_000;
    expect(await verify(OLD)).toEqual(INVALID);
  });

  it('of one key set is not good for another', async () => {
    const other = 'https://other.example/keys';
    world.answers[other] = () => keySet(NEW);
    expect(await verify(OLD)).toMatchObject(ANN);
    expect(await verify(OLD, {}, other)).toEqual(INVALID);
    expect(await verify(NEW, {}, other)).toMatchObject(ANN);
  });
});

describe('keys that can not be had', () => {
  it('let nobody in, and say when to come back', async () => {
    world.answers[JWKS] = () => new Response('', { status: 500 });
    expect(await verify(OLD)).toEqual(UNAVAILABLE);
    expect(await verify(OLD)).toEqual(UNAVAILABLE);
    expect(world.asked).toHaveLength(1);
  });

  it('of one key set do not keep those of another from being fetched', async () => {
    expect(await verify(OLD, {}, 'https://down.example/keys')).toMatchObject({ code: 'ERR_KEYS_UNAVAILABLE' });
    expect(await verify(OLD)).toMatchObject(ANN);
  });
});

describe('a token that names no key', () => {
  it('is good by a key that came with a rotation', async () => {
    const [before, after] = [await createSigner('ES256'), await createSigner('ES256')];
    const world = new FakeWorld();
    const auth = resolved({ kind: 'jwt', algorithms: ['ES256'], jwks: JWKS });
    const verifier = new JwtVerifier();
    world.answers[JWKS] = () => keySet(before);
    expect(await verifier.verify(auth, await sign({}, before), world)).toMatchObject({ identity: { userId: 'ann' } });
    world.answers[JWKS] = () => keySet(after);
    expect(await verifier.verify(auth, await sign({}, after), world)).toMatchObject({ identity: { userId: 'ann' } });
  });

  it('is good by its key though another one in the set can not be used', async () => {
    const signer = await createSigner('RS256');
    const world = new FakeWorld();
    const auth = resolved({ kind: 'jwt', algorithms: ['RS256'], jwks: JWKS });
    world.answers[JWKS] = () => Response.json({ keys: [{ kty: 'RSA', e: 'AQAB', n: 'AQAB' }, signer.jwk] });
    const token = await sign({}, signer);
    expect(await new JwtVerifier().verify(auth, token, world)).toMatchObject({ identity: { userId: 'ann' } });
  });
});
