import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bearerToken, findCredential, withoutCredentials } from '../../src/auth/credential.ts';
import { canonicalName } from '../../src/config/permissions.ts';
import { sanitizeClose } from '../../src/util/close.ts';
import { matchesPattern } from '../../src/util/glob.ts';
import { splitList } from '../../src/util/header-list.ts';

/** Text of a few characters that mean something to a pattern, so that it often nearly matches. */
const nearMiss = fc.string({ unit: fc.constantFrom('a', 'b', '*', '/', '.'), maxLength: 12 });

describe('a pattern', () => {
  it('takes what the regular expression takes that it stands for', () => {
    fc.assert(
      fc.property(nearMiss, nearMiss, (pattern, text) => {
        const expression = pattern.replace(/[/.]/g, '\\$&').replaceAll('*', '.*');
        expect(matchesPattern(pattern, text)).toBe(new RegExp(`^${expression}$`, 's').test(text));
      }),
    );
  });

  it('takes every text that its stars are filled with', () => {
    fc.assert(
      fc.property(fc.array(nearMiss, { minLength: 1 }), nearMiss, (parts, filling) => {
        expect(matchesPattern(parts.join('*'), parts.join(filling))).toBe(true);
      }),
    );
  });
});

describe('a credential', () => {
  it('is found in no text in which it is not, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const token = bearerToken(text);
        if (token !== null) expect(text).toContain(token);
      }),
    );
  });

  it('is found by the name of its cookie and by no name that only resembles it', () => {
    const names = fc.constantFrom('id', 'ID', 'id2', 'xid', ' id', '__Host-id');
    const value = fc.string({ unit: fc.constantFrom('a', 'b', '=', '%'), minLength: 1 });
    fc.assert(
      fc.property(fc.array(fc.tuple(names, value)), (cookies) => {
        const Cookie = cookies.map(([name, text]) => `${name}=${text}`).join('; ');
        const expected = cookies.find(([name]) => name.trim() === 'id')?.[1] ?? null;
        expect(findCredential(new Request('http://a/', { headers: { Cookie } }), [], [{ cookie: 'id' }])).toBe(
          expected,
        );
      }),
    );
  });

  it('is found in an offer that holds anything, or is not, and is never taken for a subprotocol', () => {
    const offers = fc.array(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `signalbox.bearer.${text}`),
      ),
    );
    fc.assert(
      fc.property(offers, (offer) => {
        const credential = findCredential(new Request('http://a/'), offer, ['subprotocol']);
        expect(credential === null || typeof credential === 'string').toBe(true);
        for (const name of withoutCredentials(offer)) expect(name).not.toMatch(/^signalbox\.bearer\./);
      }),
    );
  });
});

describe('the name of a room', () => {
  const name = fc.string({
    unit: fc.oneof(fc.constantFrom('%', '2', 'F', '/', '.', '*'), fc.string({ maxLength: 1 })),
  });

  it('is written in one way only, and in as many segments as before', () => {
    fc.assert(
      fc.property(name, (text) => {
        const canonical = canonicalName(text);
        expect(canonicalName(canonical)).toBe(canonical);
        expect(canonical.split('/')).toHaveLength(text.split('/').length);
      }),
    );
  });
});

describe('what a Close is answered with', () => {
  it('may be sent, whatever came', () => {
    const reasons = fc.string({ unit: 'binary', maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65_535 }), reasons, (received, said) => {
        const [code, reason = ''] = sanitizeClose(received, said);
        if (code === undefined) return;
        expect(code).toBe(received);
        expect((code >= 1000 && code <= 1014) || (code >= 3000 && code <= 4999)).toBe(true);
        expect([1004, 1005, 1006, 1015]).not.toContain(code);
        expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
      }),
    );
  });
});

it('splits a list in a time that grows with its length, whatever is in it', () => {
  expect(splitList(`a${' '.repeat(450_000)}b`)).toHaveLength(1);
});
