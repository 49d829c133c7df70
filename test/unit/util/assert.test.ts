import { expect, it } from 'vitest';
import { assertNever } from '../../../src/util/assert.ts';

it('throws with the value that the types said could not be', () => {
  const value = { kind: 'new' } as never;
  expect(() => assertNever(value)).toThrow(new TypeError('Unexpected value: {"kind":"new"}'));
});
