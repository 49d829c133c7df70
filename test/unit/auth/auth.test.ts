import { base64url } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Authenticator } from '../../../src/auth/auth.ts';
import { MissingSecret } from '../../../src/auth/ports.ts';
import { mintTicket } from '../../../src/auth/ticket.ts';
import type { Auth } from '../../../src/config/auth.ts';
import { Rejected } from '../../../src/config/errors.ts';
import { EVERYTHING } from '../../../src/config/permissions.ts';
import { type HeaderChanges, upgradeRequest } from '../../support/requests.ts';
import { createSigner, FakeWorld, JWKS, keySet, NOW, resolved, SECRET, sign } from '../../support/tokens.ts';

const KEY = await createSigner('ES256', 'a');
const ORIGIN = 'https://origin.example/who';

const JWT: Auth = { kind: 'jwt', algorithms: ['HS256'], secret: 'SECRET' };
const TICKET: Auth = { kind: 'ticket', secret: 'SECRET' };
const FORWARD: Auth = { kind: 'forward', url: ORIGIN };

const MISSING = new Rejected('ERR_CREDENTIALS_MISSING', { 'WWW-Authenticate': 'Bearer' });
const invalidToken = (code: 'ERR_CREDENTIALS_INVALID' | 'ERR_CREDENTIALS_EXPIRED') =>
  new Rejected(code, { 'WWW-Authenticate': 'Bearer error="invalid_token"' });

let world: FakeWorld;
let authenticator: Authenticator;

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  world = new FakeWorld();
  world.answers[JWKS] = () => keySet(KEY);
  authenticator = new Authenticator();
});

afterEach(() => {
  vi.restoreAllMocks();
});

function check(auth: Auth, headers: HeaderChanges = {}, offer: readonly string[] = [], address: string | null = null) {
  return authenticator.check(resolved(auth), { request: upgradeRequest(headers), offer, address }, world);
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

async function mint(): Promise<string> {
  return (await mintTicket({ userId: 'ann', permissions: EVERYTHING, expiresIn: 60 }, SECRET, world.now())).ticket;
}

describe('somebody with a good credential', () => {
  it('is let in with a token', async () => {
    expect(await check(JWT, bearer(await sign({}, SECRET)))).toMatchObject({ identity: { userId: 'ann' } });
  });

  it('is let in with a ticket', async () => {
    expect(await check(TICKET, bearer(await mint()))).toMatchObject({ identity: { userId: 'ann' } });
  });

  it('is let in by an origin', async () => {
    world.answers[ORIGIN] = () => new Response(null, { headers: { 'Signalbox-User': 'bob' } });
    expect(await check(FORWARD)).toMatchObject({ identity: { userId: 'bob' } });
  });

  it('is let in with one among the subprotocols that were offered', async () => {
    const offer = ['chat', `signalbox.bearer.${base64url.encode(await sign({}, SECRET))}`];
    const pass = await check({ ...JWT, from: ['subprotocol'] }, {}, offer);
    expect(pass).toMatchObject({ identity: { userId: 'ann' } });
  });

  it('is let in again without asking for the key set again', async () => {
    const auth: Auth = { kind: 'jwt', algorithms: ['ES256'], jwks: JWKS };
    for (let time = 0; time < 3; time++) {
      expect(await check(auth, bearer(await sign({}, KEY)))).toMatchObject({ identity: { userId: 'ann' } });
    }
    expect(world.asked).toHaveLength(1);
  });
});

describe('somebody without a credential', () => {
  it.each([JWT, TICKET])('is told how to show one: $kind', async (auth) => {
    expect(await check(auth)).toEqual(MISSING);
    expect(await check(auth, { Authorization: 'Basic abc' })).toEqual(MISSING);
    expect(await check({ ...auth, from: [{ cookie: 'a' }] }, bearer(await mint()))).toEqual(MISSING);
  });

  it('costs no fetch', async () => {
    expect(await check({ kind: 'jwt', algorithms: ['ES256'], jwks: JWKS })).toEqual(MISSING);
    expect(world.asked).toEqual([]);
  });

  it('is asked about where an origin is to say', async () => {
    const refusal = new Response(null, { status: 401 });
    world.answers[ORIGIN] = () => refusal;
    expect(await check(FORWARD)).toBe(refusal);
    expect(new Headers(world.asked[0]?.init.headers).has('Authorization')).toBe(false);
  });
});

describe('somebody with a bad credential', () => {
  it.each([JWT, TICKET])('is told that it is not good: $kind', async (auth) => {
    expect(await check(auth, bearer('abc'))).toEqual(invalidToken('ERR_CREDENTIALS_INVALID'));
  });

  it('is told that it has expired', async () => {
    const expired = invalidToken('ERR_CREDENTIALS_EXPIRED');
    expect(await check(JWT, bearer(await sign({ exp: NOW - 60 }, SECRET)))).toEqual(expired);
    const ticket = await mint();
    world.time += 60_000;
    expect(await check(TICKET, bearer(ticket))).toEqual(expired);
  });

  it('is not asked for another one where the credential itself is good', async () => {
    const noIdentity = new Rejected('ERR_IDENTITY_INVALID');
    expect(await check(JWT, bearer(await sign({ sub: '' }, SECRET)))).toEqual(noIdentity);
    world.answers[ORIGIN] = () => new Response(null);
    expect(await check(FORWARD)).toEqual(noIdentity);
  });

  it('does not get a second chance from another source', async () => {
    const auth: Auth = { ...JWT, from: [{ cookie: 'a' }, 'authorization'] };
    const headers = { ...bearer(await sign({}, SECRET)), Cookie: 'a=garbage' };
    expect(await check(auth, headers)).toEqual(invalidToken('ERR_CREDENTIALS_INVALID'));
  });
});

describe('what is not the fault of the client', () => {
  it('is said without a challenge', async () => {
    world.answers[JWKS] = () => new Response('', { status: 500 });
    const auth: Auth = { kind: 'jwt', algorithms: ['ES256'], jwks: JWKS };
    const unavailable = new Rejected('ERR_KEYS_UNAVAILABLE', { 'Retry-After': '5' });
    expect(await check(auth, bearer(await sign({}, KEY)))).toEqual(unavailable);
    expect(await check(FORWARD)).toEqual(new Rejected('ERR_AUTH_ORIGIN_FAILED'));
  });

  it.each([JWT, TICKET])('is a mistake where it is a secret that is not set: $kind', async (auth) => {
    world.secrets = {};
    await expect(check(auth, bearer('abc'))).rejects.toThrow(MissingSecret);
  });
});

it('shows an origin the credential and the address of a client', async () => {
  world.answers[ORIGIN] = () => new Response(null, { headers: { 'Signalbox-User': 'ann' } });
  await check({ ...FORWARD, from: [{ cookie: 'a' }] }, { Cookie: 'a=abc' }, [], '192.0.2.1');
  const headers = new Headers(world.asked[0]?.init.headers);
  expect([headers.get('Authorization'), headers.get('X-Forwarded-For')]).toEqual(['Bearer abc', '192.0.2.1']);
});
