import { describe, expect, it } from 'vitest';
import { ANYBODY, toPass } from '../../../src/auth/pass.ts';
import { Rejected } from '../../../src/config/errors.ts';
import { EVERYTHING } from '../../../src/config/permissions.ts';

const GOOD = { userId: 'ann', claims: { a: 1 }, permissions: [{ allow: ['publish'] }], expires: 7 };
const NO_IDENTITY = new Rejected('ERR_IDENTITY_INVALID');

describe('a statement', () => {
  it('makes a pass, in milliseconds', () => {
    expect(toPass(GOOD, EVERYTHING)).toEqual({
      identity: { userId: 'ann', claims: { a: 1 } },
      permissions: [{ allow: ['publish'] }],
      expiresAt: 7000,
      once: null,
    });
  });

  it('that says nothing of permissions and of an end has the defaults, and no end', () => {
    const defaults = [{ room: 'a', allow: ['history'] }] as const;
    const pass = toPass({ ...GOOD, permissions: undefined, expires: undefined }, defaults);
    expect(pass).toMatchObject({ permissions: defaults, expiresAt: null });
  });

  it.each([
    ...[{ userId: undefined }, { userId: null }, { userId: '' }, { userId: 1 }, { userId: 'a'.repeat(257) }],
    ...[{ claims: undefined }, { claims: null }, { claims: 'a' }, { claims: 1 }],
    ...[{ permissions: null }, { permissions: 'publish' }, { permissions: [{ allow: ['fly'] }] }],
    ...[{ expires: null }, { expires: '7' }, { expires: Number.NaN }, { expires: Number.POSITIVE_INFINITY }],
  ])('with %j is refused', (changes) => {
    expect(toPass({ ...GOOD, ...changes }, EVERYTHING)).toEqual(NO_IDENTITY);
  });

  it('may be long in what it permits, up to 8 KiB with all the rest', () => {
    const permissions = (count: number) => Array.from({ length: count }, () => ({ room: 'a'.repeat(80), allow: [] }));
    expect(toPass({ ...GOOD, permissions: permissions(70) }, EVERYTHING)).not.toBeInstanceOf(Rejected);
    expect(toPass({ ...GOOD, permissions: permissions(80) }, EVERYTHING)).toEqual(NO_IDENTITY);
  });
});

it('lets everybody do everything where nothing is asked for, without saying who they are', () => {
  expect(ANYBODY).toEqual({ identity: null, permissions: EVERYTHING, expiresAt: null, once: null });
});
