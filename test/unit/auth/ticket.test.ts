import { decodeJwt, SignJWT } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { JwtVerifier } from '../../../src/auth/jwt.ts';
import { MissingSecret } from '../../../src/auth/ports.ts';
import { mintTicket, type TicketOrder, verifyTicket } from '../../../src/auth/ticket.ts';
import { Rejected } from '../../../src/config/errors.ts';
import { FakeWorld, NOW, resolved, SECRET, sign } from '../../support/tokens.ts';

const TYPE = 'signalbox-ticket+jwt';
const PERMISSIONS = [{ room: 'lobby', channel: '*', allow: ['subscribe'] }] as const;
const INVALID = new Rejected('ERR_CREDENTIALS_INVALID');
const EXPIRED = new Rejected('ERR_CREDENTIALS_EXPIRED');

let world: FakeWorld;

beforeEach(() => {
  world = new FakeWorld();
});

async function mint(changes: Partial<TicketOrder> = {}, secret = SECRET): Promise<string> {
  const order = { userId: 'ann', permissions: PERMISSIONS, expiresIn: 60, ...changes };
  return (await mintTicket(order, secret, world.now())).ticket;
}

function verify(ticket: string, once = false) {
  return verifyTicket(resolved({ kind: 'ticket', secret: 'SECRET', once }), ticket, world);
}

describe('a ticket', () => {
  it('is good for what it was minted from', async () => {
    const claims = { name: 'Ann', nested: [1, { a: null }], sub: 'x', permissions: 'y' };
    expect(await verify(await mint({ claims }))).toEqual({
      identity: { userId: 'ann', claims },
      permissions: PERMISSIONS,
      expiresAt: null,
      once: null,
    });
  });

  it('has no claims where none were given', async () => {
    expect(await verify(await mint())).toMatchObject({ identity: { claims: {} } });
  });

  it('permits nothing where nothing was permitted', async () => {
    expect(await verify(await mint({ permissions: [] }))).toMatchObject({ permissions: [] });
  });

  it('is told when it expires, in whole seconds', async () => {
    const order = { userId: 'ann', permissions: PERMISSIONS, expiresIn: 60 };
    expect((await mintTicket(order, SECRET, NOW * 1000 + 999)).expiresAt).toBe(NOW + 60);
  });

  it('expires to the second, with no tolerance', async () => {
    const ticket = await mint();
    world.time = (NOW + 60) * 1000 - 1;
    expect(await verify(ticket)).toMatchObject({ identity: { userId: 'ann' } });
    world.time += 1;
    expect(await verify(ticket)).toEqual(EXPIRED);
  });

  it('says when a connection ends that it opens', async () => {
    const ticket = await mint({ connectionExpiresIn: 3600 });
    world.time += 30_000;
    expect(await verify(ticket)).toMatchObject({ expiresAt: (NOW + 30 + 3600) * 1000 });
  });

  it('is like no other', async () => {
    const ids = [decodeJwt(await mint()).jti, decodeJwt(await mint()).jti];
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('of a route that takes each once says by what it is remembered, and until when', async () => {
    const ticket = await mint({ connectionExpiresIn: 3600 });
    const { jti, exp } = decodeJwt(ticket);
    expect(await verify(ticket, true)).toMatchObject({ once: { id: jti, until: (exp ?? 0) * 1000 } });
    expect(await verify(ticket, false)).toMatchObject({ once: null });
  });
});

describe('no ticket', () => {
  it('is one signed with another secret', async () => {
    expect(await verify(await mint({}, `${SECRET}2`))).toEqual(INVALID);
  });

  it('is one whose secret the deployment lacks', async () => {
    const ticket = await mint();
    world.secrets = {};
    await expect(verify(ticket)).rejects.toThrow(MissingSecret);
  });

  it.each([undefined, '', 'JWT', 'ticket+jwt', `x-${TYPE}`, `${TYPE}2`])(
    'is another token signed with the same secret, of the type %j',
    async (typ) => {
      const claims = { exp: NOW + 60, jti: 'a', permissions: PERMISSIONS };
      expect(await verify(await sign(claims, SECRET, { typ }))).toEqual(INVALID);
    },
  );

  it.each([{ exp: NOW + 60 }, { jti: 'a' }, {}])('is one of the right type with nothing but %j', async (claims) => {
    expect(await verify(await sign(claims, SECRET, { typ: TYPE }))).toEqual(INVALID);
  });

  it('is one signed by another algorithm', async () => {
    world.secrets.SECRET = SECRET.repeat(2);
    const claims = { exp: NOW + 60, jti: 'a' };
    expect(await verify(await sign(claims, SECRET.repeat(2), { typ: TYPE, alg: 'HS512' }))).toEqual(INVALID);
  });

  it.each(['', 'a', 'a.b.c', '..'])('is %j', async (text) => {
    expect(await verify(text)).toEqual(INVALID);
  });

  it('is one that nobody is named in, or that permits what there is not', async () => {
    const good = { exp: NOW + 60, jti: 'a' };
    const bad = [{ sub: undefined }, { sub: '' }, { permissions: 'all' }, { claims: 'a' }, { lasts: '1' }];
    for (const claims of bad) {
      const ticket = await sign({ ...good, ...claims }, SECRET, { typ: TYPE });
      expect([claims, await verify(ticket)]).toEqual([claims, new Rejected('ERR_IDENTITY_INVALID')]);
    }
  });

  it('is one that is not valid yet', async () => {
    expect(await verify(await sign({ exp: NOW + 60, jti: 'a', nbf: NOW + 1 }, SECRET, { typ: TYPE }))).toEqual(INVALID);
  });
});

it('is no token to a JWT route with the same secret', async () => {
  const auth = resolved({ kind: 'jwt', algorithms: ['HS256'], secret: 'SECRET' });
  expect(await new JwtVerifier().verify(auth, await mint(), world)).toEqual(INVALID);
});

it.each([{ room: '*', allow: ['subscribe'] } as const, { room: 'a*', allow: [] }, { allow: ['subscribe'] } as const])(
  'is for one room where a route takes each once: not for %j',
  async (permission) => {
    const ticket = await mint({ permissions: [...PERMISSIONS, permission] });
    expect(await verify(ticket, true)).toEqual(INVALID);
    expect(await verify(ticket, false)).toMatchObject({ once: null });
  },
);

it('takes a type in another case, as RFC 7515 compares media types', async () => {
  const ticket = new SignJWT({ sub: 'ann', jti: 'a', exp: NOW + 60 }).setProtectedHeader({
    alg: 'HS256',
    typ: `application/${TYPE.toUpperCase()}`,
  });
  expect(await verify(await ticket.sign(new TextEncoder().encode(SECRET)))).toMatchObject({ once: null });
});
