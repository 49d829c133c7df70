import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromBase64, toBase64 } from '../../../src/util/base64.ts';

it('writes bytes as everybody does, and reads them back', () => {
  const some = fc.oneof(fc.uint8Array(), fc.uint8Array({ minLength: 8190, maxLength: 20_000 }));
  fc.assert(
    fc.property(some, (bytes) => {
      const text = toBase64(bytes);
      expect(text).toBe(Buffer.from(bytes).toString('base64'));
      expect(fromBase64(text)).toEqual(bytes);
    }),
    { numRuns: 100, seed: 1 },
  );
});

it('writes of a view only what is in it', () => {
  expect(toBase64(Uint8Array.of(1, 0x66, 0x6f, 2).subarray(1, 3))).toBe('Zm8=');
});

it.each(['!', 'A', 'AA=A', 'AAAA=', 'a', 'ab=c', '-_8=', 'é', '!!!!', '===='])('knows no bytes for %j', (text) => {
  expect(fromBase64(text)).toBeNull();
});
