import { base64url, decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { mayPublish, signGrip } from '../../../src/grip/signature.ts';

const NOW = 1_800_000_000_000;
const KEY = { issuer: 'edge', key: 'secret' };

/** A token as libraries for GRIP make it, ten minutes long. */
function token(key: string, claims: object = { iss: 'edge', exp: NOW / 1000 + 600 }, alg = 'HS256'): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader({ alg }).sign(new TextEncoder().encode(key));
}

/** Whether a signature is good, as it is of a token of the same kind for who publishes. */
function isGripSigned(signature: string, issuer: string | null, keys: string, now: number): Promise<boolean> {
  return mayPublish(`Bearer ${signature}`, issuer, keys, now);
}

describe('Grip-Sig', () => {
  it('names its issuer and ends an hour from now', async () => {
    const signature = await signGrip(KEY, NOW + 999);
    expect(decodeProtectedHeader(signature)).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(decodeJwt(signature)).toEqual({ iss: 'edge', exp: NOW / 1000 + 3600 });
  });

  it.each<[string, string | null, string, number, boolean]>([
    ['with the key', 'edge', 'secret', NOW, true],
    ['with one of several keys', 'edge', 'new, secret', NOW, true],
    ['with the key, whoever issued it', null, 'secret', NOW, true],
    ['until its last second', 'edge', 'secret', NOW + 3_599_000, true],
    ['but not when it has expired', 'edge', 'secret', NOW + 3_600_000, false],
    ['but not of another issuer', 'other', 'secret', NOW, false],
    ['but not with another key', 'edge', 'Secret', NOW, false],
    ['but not with no key', 'edge', '', NOW, false],
  ])('is good %s', async (_, issuer, keys, now, good) => {
    expect(await isGripSigned(await signGrip(KEY, NOW), issuer, keys, now)).toBe(good);
  });

  it('may be made with a key in base64', async () => {
    const encoded = { issuer: 'edge', key: `base64:${btoa('secret')}` };
    expect(await isGripSigned(await signGrip(encoded, NOW), 'edge', 'secret', NOW)).toBe(true);
    expect(await isGripSigned(await signGrip(KEY, NOW), 'edge', encoded.key, NOW)).toBe(true);
    // A key that only looks like one is text.
    const odd = { issuer: 'edge', key: 'base64:!' };
    expect(await isGripSigned(await signGrip(odd, NOW), 'edge', odd.key, NOW)).toBe(true);
  });

  it.each(['', 'a', 'a.b.c', '..', 'ey'])('is not %j', async (text) => {
    expect(await isGripSigned(text, null, 'secret', NOW)).toBe(false);
  });

  it('is nothing without an end, or signed in another way', async () => {
    const unsigned = `${base64url.encode('{"alg":"none"}')}.${base64url.encode(`{"exp":${NOW}}`)}.`;
    const given = [token('secret', { iss: 'edge' }), token('secret', { exp: NOW }, 'HS512'), unsigned];
    const found = given.map(async (made) => isGripSigned(await made, null, 'secret', NOW));
    expect(await Promise.all(found)).toEqual([false, false, false]);
  });
});

describe('who publishes', () => {
  const may = (authorization: string | null, issuer: string | null = 'edge', keys = 'secret,next') =>
    mayPublish(authorization, issuer, keys, NOW);

  it.each([
    'Bearer secret',
    'Bearer next',
    'bearer  secret ',
    `Basic ${btoa('any:secret')}`,
    `Basic ${btoa(':next')}`,
    `basic ${btoa('é:secret')}`,
  ])('may with a key: %j', async (authorization) => {
    expect(await may(authorization)).toBe(true);
  });

  it.each([
    null,
    '',
    'secret',
    'Bearer',
    'Bearer ',
    'Bearer wrong',
    'Bearer secret,next',
    'Bearer secret next',
    'Bearer Secret',
    'Token secret',
    'Basic secret',
    'Basic !',
    `Basic ${btoa('secret')}`,
    `Basic ${btoa('secret:')}`,
    `Basic ${btoa('any:wrong')}`,
    `Basic ${btoa('any:secret:')}`,
  ])('may not with %j', async (authorization) => {
    expect(await may(authorization)).toBe(false);
  });

  it('may with a token', async () => {
    expect(await may(`Bearer ${await token('secret')}`)).toBe(true);
    expect(await may(`Bearer ${await token('next')}`)).toBe(true);
    expect(await may(`Bearer ${await token('secret', { exp: NOW / 1000 + 1 })}`, null)).toBe(true);
  });

  it('may not with a token of another key or issuer, that has expired or has no end', async () => {
    const made = [
      token('wrong'),
      token('secret', { iss: 'other', exp: NOW / 1000 + 600 }),
      token('secret', { exp: NOW / 1000 + 600 }),
      token('secret', { iss: 'edge', exp: NOW / 1000 }),
      token('secret', { iss: 'edge' }),
    ];
    const allowed = (await Promise.all(made)).map((text) => may(`Bearer ${text}`));
    expect(await Promise.all(allowed)).toEqual([false, false, false, false, false]);
  });

  it.each(['', ',', ' , '])('may not where the keys are %j', async (keys) => {
    for (const authorization of [null, 'Bearer ,', `Basic ${btoa('a:')}`, `Bearer ${await token('secret')}`])
      expect(await may(authorization, null, keys)).toBe(false);
  });
});
