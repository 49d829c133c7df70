import { expect, it } from 'vitest';
import { sanitizeClose } from '../../../src/util/close.ts';

it.each([1000, 1001, 1003, 1007, 1011, 1014, 3000, 4999])('passes code %i on with its reason', (code) => {
  expect(sanitizeClose(code, 'bye')).toEqual([code, 'bye']);
});

it.each([0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535, Number.NaN, 1000.5])(
  'answers code %d, which nobody may send, without a code',
  (code) => {
    expect(sanitizeClose(code, 'bye')).toEqual([]);
  },
);

it('keeps a reason of 123 bytes and cuts one of 124', () => {
  expect(sanitizeClose(1000, 'a'.repeat(123))).toEqual([1000, 'a'.repeat(123)]);
  expect(sanitizeClose(1000, 'a'.repeat(124))).toEqual([1000, 'a'.repeat(123)]);
});

it('cuts a reason between code points and never inside one', () => {
  expect(sanitizeClose(1000, 'é'.repeat(62))).toEqual([1000, 'é'.repeat(61)]);
  expect(sanitizeClose(1000, '🙂'.repeat(31))).toEqual([1000, '🙂'.repeat(30)]);
});
