import type { JWTPayload } from 'jose';
import { describe, expect, it, vi } from 'vitest';
import { MemberTokens } from '../../../src/auth/member-tokens.ts';
import { MissingSecret } from '../../../src/auth/ports.ts';
import { TICKET_TYPE } from '../../../src/auth/ticket-type.ts';
import type { MemberTokens as Rules } from '../../../src/config/auth.ts';
import { resolveTokens } from '../../../src/config/auth-schema.ts';
import { createSigner, FakeWorld, JWKS, keySet, NOW, SECRET, sign } from '../../support/tokens.ts';

function create(changes: Partial<Rules> = {}) {
  const world = new FakeWorld();
  const rules = resolveTokens({ algorithms: ['HS256'], secret: 'SECRET', ...changes });
  return { world, tokens: new MemberTokens(rules, world) };
}

describe('the tokens of a room', () => {
  it('are required and permit everything unless the table says otherwise', () => {
    const { tokens } = create();
    expect([tokens.required, tokens.permissions]).toEqual([
      true,
      [{ allow: ['subscribe', 'publish', 'presence', 'history'] }],
    ]);
    const { tokens: others } = create({ required: false, permissions: [] });
    expect([others.required, others.permissions]).toEqual([false, []]);
  });

  it('say all that they claim, and until when they are good by the slower clock', async () => {
    const claims = { sub: 'ada', channel: 'a', exp: NOW + 60 };
    expect(await create().tokens.verify(await sign(claims, SECRET))).toEqual({
      claims,
      expiresAt: (NOW + 65) * 1000,
    });
    expect(await create().tokens.verify(await sign({ sub: undefined }, SECRET))).toEqual({
      claims: {},
      expiresAt: null,
    });
  });

  it.each<[string, JWTPayload, 'expired' | 'invalid' | null]>([
    ['over, by more than clocks may differ', { exp: NOW - 5 }, 'expired'],
    ['over, by as much as clocks may differ', { exp: NOW - 4 }, null],
    ['not here yet', { nbf: NOW + 6 }, 'invalid'],
    ['beyond all numbers', { exp: 1e306 }, 'invalid'],
  ])('with a time that is %s', async (_, claims, fault) => {
    const said = await create().tokens.verify(await sign(claims, SECRET));
    expect(typeof said === 'string' ? said : null).toBe(fault);
  });

  it('must be for whom the table says, from whom it says', async () => {
    const { tokens } = create({ issuer: 'us', audience: 'chat' });
    const check = async (claims: JWTPayload) => typeof (await tokens.verify(await sign(claims, SECRET)));
    expect(await check({ iss: 'us', aud: ['chat', 'x'] })).toBe('object');
    expect(await check({ iss: 'us', aud: 'other' })).toBe('string');
    expect(await check({ iss: 'them', aud: 'chat' })).toBe('string');
    expect(await check({})).toBe('string');
  });

  it('are no tickets, not of another secret, and not unsigned', async () => {
    const { tokens } = create();
    const unsigned = `${btoa('{"alg":"none"}')}.${btoa('{"sub":"ada"}')}.`;
    const all = [await sign({}, SECRET, { typ: TICKET_TYPE }), await sign({}, 'another secret'), unsigned, '', 'x'];
    for (const token of all) expect(await tokens.verify(token)).toBe('invalid');
  });

  it('may be signed by a key of a set, which is asked for once', async () => {
    const { world, tokens } = create({ algorithms: ['ES256'], secret: undefined, jwks: JWKS });
    const [signer, stranger] = [await createSigner('ES256', 'k'), await createSigner('ES256', 'k')];
    world.answers[JWKS] = () => keySet(signer);
    for (const by of [signer, signer]) expect(await tokens.verify(await sign({}, by))).toHaveProperty('claims');
    expect(await tokens.verify(await sign({}, stranger))).toBe('invalid');
    expect(await tokens.verify(await sign({}, SECRET))).toBe('invalid');
    expect(world.asked).toHaveLength(1);
  });

  it('can’t be checked without the set of keys', async () => {
    const complain = vi.spyOn(console, 'error').mockReturnValue();
    const { tokens } = create({ algorithms: ['ES256'], secret: undefined, jwks: JWKS });
    expect(await tokens.verify(await sign({}, await createSigner('ES256', 'k')))).toBe('unavailable');
    expect(complain).toHaveBeenCalledOnce();
    complain.mockRestore();
  });

  it('are a mistake of the deployment where the secret is not set', async () => {
    const { world, tokens } = create();
    world.secrets = { SECRET: '' };
    await expect(tokens.verify(await sign({}, SECRET))).rejects.toThrow(MissingSecret);
  });
});
