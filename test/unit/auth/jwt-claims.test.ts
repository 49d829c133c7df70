import { CompactSign, type JWTPayload } from 'jose';
import { describe, expect, it } from 'vitest';
import { JwtVerifier } from '../../../src/auth/jwt.ts';
import type { JwtAuth } from '../../../src/config/auth.ts';
import { Rejected } from '../../../src/config/errors.ts';
import { EVERYTHING } from '../../../src/config/permissions.ts';
import { FakeWorld, NOW, resolved, SECRET, sign } from '../../support/tokens.ts';

const INVALID = new Rejected('ERR_CREDENTIALS_INVALID');
const EXPIRED = new Rejected('ERR_CREDENTIALS_EXPIRED');
const NO_IDENTITY = new Rejected('ERR_IDENTITY_INVALID');

function verify(token: string, changes: Partial<JwtAuth> = {}, world = new FakeWorld()) {
  const auth = resolved({ kind: 'jwt', algorithms: ['HS256'], secret: 'SECRET', ...changes });
  return new JwtVerifier().verify(auth, token, world);
}

/** What becomes of a good signature under `claims`, which may be of any shape. */
async function claim(claims: Record<string, unknown>, changes?: Partial<JwtAuth>) {
  return verify(await sign(claims as JWTPayload, SECRET), changes);
}

describe('a token expires', () => {
  it.each([
    [5, NOW - 4, 'not yet'],
    [5, NOW - 5, 'by now'],
    [0, NOW + 1, 'not yet'],
    [0, NOW, 'by now'],
    [600, NOW - 599, 'not yet'],
    [600, NOW - 600, 'by now'],
  ])('with a tolerance of %i seconds, at %i: %s', async (clockTolerance, exp, expected) => {
    const pass = await claim({ exp }, { clockTolerance });
    expect(pass).toEqual(
      expected === 'by now' ? EXPIRED : expect.objectContaining({ expiresAt: (exp + clockTolerance) * 1000 }),
    );
  });

  it('at the very time until which it lets a connection live', async () => {
    const token = await sign({ exp: NOW }, SECRET);
    const world = new FakeWorld();
    const pass = await verify(token, {}, world);
    world.time = (NOW + 5) * 1000;
    expect(pass).toMatchObject({ expiresAt: world.time });
    expect(await verify(token, {}, world)).toEqual(EXPIRED);
    world.time -= 1;
    expect(await verify(token, {}, world)).toEqual(pass);
  });

  it('never that does not say when', async () => {
    expect(await claim({})).toMatchObject({ expiresAt: null });
  });

  it.each([null, `${NOW + 60}`, true, [NOW + 60], {}])('at no such time as %j, and is refused', async (exp) => {
    expect(await claim({ exp })).toEqual(INVALID);
  });

  it('without being taken for expired where it is also forged', async () => {
    expect(await verify(await sign({ exp: NOW - 60 }, 'another secret'))).toEqual(INVALID);
  });
});

describe('a token is not valid before its time', () => {
  it.each([
    [5, NOW + 5, true],
    [5, NOW + 6, false],
    [0, NOW, true],
    [0, NOW + 1, false],
  ])('with a tolerance of %i seconds, from %i: %s', async (clockTolerance, nbf, good) => {
    const pass = await claim({ nbf }, { clockTolerance });
    expect(pass).toEqual(good ? expect.objectContaining({ identity: { userId: 'ann', claims: { nbf } } }) : INVALID);
  });

  it.each([null, `${NOW}`, [], {}])('nor with a time such as %j', async (nbf) => {
    expect(await claim({ nbf })).toEqual(INVALID);
  });
});

describe('a token is good for its audience', () => {
  const meant = { issuer: 'https://id.example', audience: 'chat' };

  it.each([
    { iss: 'https://id.example', aud: 'chat' },
    { iss: 'https://id.example', aud: ['mail', 'chat'] },
  ])('as %j', async (claims) => {
    expect(await claim(claims, meant)).toMatchObject({ identity: { userId: 'ann', claims } });
  });

  it.each([
    {},
    { aud: 'chat' },
    { iss: 'https://id.example' },
    { iss: 'https://id.example/', aud: 'chat' },
    { iss: ['https://id.example'], aud: 'chat' },
    { iss: 'https://id.example', aud: 'Chat' },
    { iss: 'https://id.example', aud: 'chat mail' },
    { iss: 'https://id.example', aud: '' },
    { iss: 'https://id.example', aud: [] },
    { iss: 'https://id.example', aud: ['mail'] },
    { iss: 'https://id.example', aud: [['chat']] },
    { iss: 'https://id.example', aud: { chat: true } },
  ])('and not as %j', async (claims) => {
    expect(await claim(claims, meant)).toEqual(INVALID);
  });
});

describe('who it is', () => {
  it.each([['a'], ['ann@example.com'], ['a'.repeat(256)], [' '], ['zoë']])('is the subject: %j', async (sub) => {
    expect(await claim({ sub })).toMatchObject({ identity: { userId: sub } });
  });

  it.each([[undefined], [null], [''], [7], [true], [['ann']], [{ id: 'ann' }], ['a'.repeat(257)]])(
    'can not be %j',
    async (sub) => {
      expect(await claim({ sub })).toEqual(NO_IDENTITY);
    },
  );

  it('is told with every claim that says something else', async () => {
    const claims = { iss: 'i', aud: 'a', iat: NOW, jti: 'j', name: 'Ann', nested: { list: [1, null, true] } };
    const permissions = [{ allow: ['publish'] }];
    expect(await claim({ ...claims, sub: 'ann', exp: NOW + 1, permissions })).toMatchObject({
      identity: { userId: 'ann', claims },
    });
  });

  it.each(['null', '[]', '"ann"', '7', '', '{', '{"sub":"ann"'])('can not be told by %s', async (payload) => {
    const token = new CompactSign(new TextEncoder().encode(payload)).setProtectedHeader({ alg: 'HS256' });
    expect(await verify(await token.sign(new TextEncoder().encode(SECRET)))).toEqual(INVALID);
  });
});

describe('what a token permits', () => {
  const own = [{ room: 'a/*', channel: 'news', allow: ['subscribe', 'publish'] }, { allow: [] }];

  it.each([[own], [[]], [[{ allow: ['history', 'presence'] }]]])('is what it says: %j', async (permissions) => {
    expect(await claim({ permissions })).toMatchObject({ permissions });
    expect(await claim({ permissions }, { permissions: [] })).toMatchObject({ permissions });
  });

  it('is what the route says where it says nothing', async () => {
    const permissions = [{ room: 'lobby', allow: ['subscribe'] }] as const;
    expect(await claim({}, { permissions })).toMatchObject({ permissions });
    expect(await claim({})).toMatchObject({ permissions: EVERYTHING });
  });

  it.each([
    ...[null, 'all', '*', true, 7, {}, { allow: ['publish'] }, ['publish'], [null], [[]]],
    ...[[{}], [{ allow: 'publish' }], [{ allow: ['fly'] }], [{ allow: [1] }], [{ allow: null }], [{ room: 'a' }]],
    ...[[{ room: 7, allow: [] }], [{ channel: null, allow: [] }], [{ allow: [], rooms: 'a' }]],
    [{ allow: ['publish'] }, { allow: ['fly'] }],
  ])('can not be %j', async (permissions) => {
    expect(await claim({ permissions })).toEqual(NO_IDENTITY);
  });

  it('stands in the claim that the route names, and in no other', async () => {
    const permissionsClaim = 'https://a.example/permissions';
    const claims = { permissions: ['read:mail'] };
    const pass = { identity: { userId: 'ann', claims }, permissions: own };
    expect(await claim({ ...claims, [permissionsClaim]: own }, { permissionsClaim })).toMatchObject(pass);
    expect(await claim({ permissions: own }, { permissionsClaim, permissions: [] })).toMatchObject({ permissions: [] });
  });
});

describe('what a token says', () => {
  /** How long a pass is in which `text` is the only claim. */
  const lengthOf = (text: string) => {
    const pass = {
      identity: { userId: 'ann', claims: { text } },
      permissions: EVERYTHING,
      expiresAt: null,
      once: null,
    };
    return new TextEncoder().encode(JSON.stringify(pass)).length;
  };

  it.each(['a', 'é', '"', '👋'])('may be 8 KiB and not one byte more, in UTF-8: %s', async (character) => {
    const each = lengthOf(character) - lengthOf('');
    const free = 8192 - lengthOf('');
    const text = 'a'.repeat(free % each) + character.repeat(Math.floor(free / each));
    expect(await claim({ text })).toMatchObject({ identity: { claims: { text } } });
    expect(await claim({ text: `${text}a` })).toEqual(NO_IDENTITY);
  });
});
