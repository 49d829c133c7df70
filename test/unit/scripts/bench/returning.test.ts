import { describe, expect, it } from 'vitest';
import { checkRecovered } from '../../../../scripts/bench/returning.ts';

function reply(offsets: number[], recovered: boolean): string {
  const publications = offsets.map((offset) => ({ data: { text: 'x' }, offset }));
  return JSON.stringify({ id: 1, subscribe: { publications, recovered, offset: 3, epoch: 'e' } });
}

describe('a client that came back', () => {
  it('has recovered with all that it missed', () => {
    expect(() => checkRecovered(reply([4, 5], true), 2)).not.toThrow();
    expect(() => checkRecovered(reply([], true), 0)).not.toThrow();
  });

  it.each([
    ['too few', [4], true],
    ['too many', [4, 5, 6], true],
    ['no promise that it is all', [4, 5], false],
  ])('has not with %s', (_, offsets, recovered) => {
    expect(() => checkRecovered(reply(offsets, recovered), 2)).toThrow('A client missed 2');
  });
});
