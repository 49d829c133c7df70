import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isSigned, signText } from '../../../src/util/hmac.ts';

const RUNS = { numRuns: 100, seed: 1 };

// RFC 4231 section 4.3, of which the key and the text are ASCII.
const VECTOR = {
  secret: 'Jefe',
  text: 'what do ya want for nothing?',
  hex: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
};

it('signs as HMAC-SHA256 does', async () => {
  const signature = await signText(VECTOR.secret, VECTOR.text);
  expect(Buffer.from(signature, 'base64url').toString('hex')).toBe(VECTOR.hex);
  expect(signature).toMatch(/^[\w-]{43}$/);
});

it('knows its own signatures', async () => {
  const parts = fc.asyncProperty(fc.string({ minLength: 1 }), fc.string({ unit: 'grapheme' }), async (secret, text) => {
    expect(await isSigned(secret, text, await signText(secret, text))).toBe(true);
  });
  await fc.assert(parts, RUNS);
});

it('knows no signature of another text, or of another secret', async () => {
  const signature = await signText('secret', 'text');
  expect(await isSigned('secret', 'text ', signature)).toBe(false);
  expect(await isSigned('Secret', 'text', signature)).toBe(false);
});

it('knows no signature in which a character is another', async () => {
  const signature = await signText('secret', 'text');
  for (let at = 0; at < 42; at++) {
    const other = signature[at] === 'A' ? 'B' : 'A';
    expect(await isSigned('secret', 'text', signature.slice(0, at) + other + signature.slice(at + 1))).toBe(false);
  }
});

it.each([
  ['nothing', () => ''],
  ['less', (signature: string) => signature.slice(0, -1)],
  ['more', (signature: string) => `${signature}A`],
  ['padding', (signature: string) => `${signature}=`],
  ['white space', (signature: string) => ` ${signature.slice(1)}`],
  ['a line break at its end', (signature: string) => `${signature}\n`],
  ['base64 that is not for URLs', (signature: string) => `+/${signature.slice(2)}`],
])('takes %s for no signature', async (_, change) => {
  expect(await isSigned('secret', 'text', change(await signText('secret', 'text')))).toBe(false);
});
