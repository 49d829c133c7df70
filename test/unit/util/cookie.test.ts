import { expect, it } from 'vitest';
import { readCookie } from '../../../src/util/cookie.ts';

it.each([
  ['id=1', '1'],
  ['a=0; id=1; b=2', '1'],
  ['a=0;id=1', '1'],
  [' id = 1 ', '1'],
  ['id="1"', '1'],
  ['id="', '"'],
  ['id=1=2', '1=2'],
  ['id=', ''],
  ['id=1; id=2', '1'],
])('finds in "%s" the cookie "%s"', (header, value) => {
  expect(readCookie(header, 'id')).toBe(value);
});

it.each(['', 'id', 'ID=1', 'xid=1', 'id2=1', 'a=id=1', 'a="; id2=1"'])('finds none in "%s"', (header) => {
  expect(readCookie(header, 'id')).toBeNull();
});
