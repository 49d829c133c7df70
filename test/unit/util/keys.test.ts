import { describe, expect, it } from 'vitest';
import { isKeyOf } from '../../../src/util/keys.ts';

describe('a key', () => {
  it.each([
    ['alone', 'secret', 'secret'],
    ['first', 'old,new', 'old'],
    ['last', 'old,new', 'new'],
    ['between others', 'a,b,c', 'b'],
    ['with spaces around it', ' old ,\t new\n', 'new'],
    ['between empty ones', ',,new,', 'new'],
    ['twice', 'new,new', 'new'],
    ['as text beyond ASCII', 'schlüssel', 'schlüssel'],
  ])('is known where it stands in the list %s', async (_, list, candidate) => {
    expect(await isKeyOf(list, candidate)).toBe(true);
  });

  it.each([
    ['the start of one', 'secret', 'secre'],
    ['the end of one', 'secret', 'ecret'],
    ['more than one', 'secret', 'secret1'],
    ['one in another case', 'secret', 'Secret'],
    ['one with a space', 'secret', 'secret '],
    ['the whole list', 'old,new', 'old,new'],
    ['two without the comma', 'old,new', 'oldnew'],
    ['a comma', 'old,new', ','],
    ['empty', 'secret', ''],
  ])('is not known that is %s', async (_, list, candidate) => {
    expect(await isKeyOf(list, candidate)).toBe(false);
  });

  // Enough of them that digests begin alike, and end alike.
  it('is not known that is any of a thousand others', async () => {
    const others = Array.from({ length: 1000 }, (_, index) => `key-${index}`);
    const known = await Promise.all(others.map((other) => isKeyOf('secret', other)));
    expect(known).not.toContain(true);
  });
});

describe.each(['', ' ', ',', ' , ,\t', ',,,'])('the list %j', (list) => {
  it.each(['', ' ', ',', 'secret', 'undefined', 'null'])('knows no key %j', async (candidate) => {
    expect(await isKeyOf(list, candidate)).toBe(false);
  });
});
