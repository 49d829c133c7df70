import { describe, expect, it } from 'vitest';
import { bytesOf, encodePair1, encodeSp, toDraft, toDraftOfPair1 } from '../../../../src/protocols/sp/publications.ts';
import type { Publication } from '../../../../src/room/publication.ts';
import { bytes, hex } from '../../../support/sp.ts';

const MIB = 1024 * 1024;

function published(changes: Partial<Publication>): Publication {
  return { data: '', json: false, publisher: null, tags: null, offset: 0, time: 0, ...changes };
}

const sp = (changes: Partial<Publication>) => encodeSp('main', published(changes));
const pair1 = (changes: Partial<Publication>) => encodePair1('main', published(changes));

describe('what is published, to peers', () => {
  it.each([
    [{ data: 'héllo' }, '68 c3 a9 6c 6c 6f'],
    [{ data: '' }, ''],
    [{ data: '"text"', json: true }, hex(bytes("'text'"))],
    [{ data: '{"a":1}', json: true }, hex(bytes(`'{"a":1}'`))],
    [{ data: new Uint8Array([0, 255]).buffer }, '00 ff'],
  ])('is bytes: %j', (changes, expected) => {
    expect(hex(bytesOf(sp(changes) ?? 'nothing'))).toBe(expected);
    expect(hex(bytesOf(pair1(changes) ?? 'nothing'))).toBe(`00 00 00 01 ${expected}`.trim());
  });

  it('is left out where it is longer than they take, header included', () => {
    expect(sp({ data: 'x'.repeat(MIB) })).toBeInstanceOf(ArrayBuffer);
    expect(sp({ data: 'x'.repeat(MIB + 1) })).toBeNull();
    expect(sp({ data: 'é'.repeat(MIB / 2 + 1) })).toBeNull();
    expect(pair1({ data: 'x'.repeat(MIB - 4) })).toBeInstanceOf(ArrayBuffer);
    expect(pair1({ data: 'x'.repeat(MIB - 3) })).toBeNull();
  });

  it.each(['', '0', '-1', '256', '1.5', 'x'])('has one hop where a tag says nothing better: "%s"', (hops) => {
    expect(hex(bytesOf(pair1({ tags: { 'sp-hops': hops } }) ?? 'nothing'))).toBe('00 00 00 01');
  });
});

describe('what a peer says', () => {
  it('is published as it is, and no byte around it', () => {
    const message = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
    expect(toDraft(message)).toEqual({ data: new Uint8Array([2, 3]).buffer, json: false, publisher: null, tags: null });
  });

  it('comes to PAIR1 with the hops that it had', () => {
    const draft = toDraftOfPair1(bytes("00000007 'a'"));
    expect(draft.data).toEqual(bytes("'a'").buffer);
    expect(hex(bytesOf(pair1(draft) ?? 'nothing'))).toBe(hex(bytes("00000007 'a'")));
  });

  it('is UTF-8 where it said it in text', () => {
    expect(hex(bytesOf('é'))).toBe('c3 a9');
  });
});
