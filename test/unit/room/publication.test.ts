import { expect, it } from 'vitest';
import { plainData } from '../../../src/room/publication.ts';

it.each([
  ['"text"', true, 'text'],
  ['"half \\ud83d"', true, 'half \ufffd'],
  ['"\\ud83d\\udc00"', true, '\ud83d\udc00'],
  ['{"a":"\\ud83d"}', true, '{"a":"\\ud83d"}'],
  ['"text"', false, '"text"'],
])('what knows no channels gets of %s, JSON or not (%s), what it can take', (data, json, plain) => {
  expect(plainData({ data, json })).toBe(plain);
});
