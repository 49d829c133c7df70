import { expect, it } from 'vitest';
import { withDefaults } from '../../../src/util/defaults.ts';

it.each([
  ['what is given goes before the default', { a: 2 }, { a: 2, b: 'x' }],
  ['what is not given has the default', {}, { a: 1, b: 'x' }],
  ['what is given as undefined has the default', { a: undefined, b: undefined }, { a: 1, b: 'x' }],
  ['what has no default is kept', { c: true }, { a: 1, b: 'x', c: true }],
  ['what has no default and is undefined is left out', { c: undefined }, { a: 1, b: 'x' }],
])('%s', (_, given, expected) => {
  expect(withDefaults({ a: 1, b: 'x' }, given)).toStrictEqual(expected);
});

it.each([null, 0, '', false])('takes %j for given', (value) => {
  expect(withDefaults({ a: 1 }, { a: value })).toStrictEqual({ a: value });
});

it('leaves both as they were', () => {
  const [defaults, given] = [Object.freeze({ a: 1 }), Object.freeze({ a: 2 })];
  expect(withDefaults(defaults, given)).not.toBe(given);
});

it('takes no prototype from data', () => {
  const filled = withDefaults({ a: 1 }, JSON.parse('{"__proto__":{"b":2}}') as object);
  expect(Object.getPrototypeOf(filled)).toBe(Object.prototype);
  expect(filled).not.toHaveProperty('b');
});
