import { describe, expect, it } from 'vitest';
import type { Sample } from '../../../../scripts/bench/cases.ts';
import { summarize, toMarkdown } from '../../../../scripts/bench/table.ts';

function sample(contender: Sample['contender'], repeat: number, rate: number, more: Partial<Sample> = {}): Sample {
  return { kind: 'fan-out', case: 'a', contender, repeat, figures: { rate }, ...more };
}

describe('a summary', () => {
  it('compares each figure with the base of its own repeat', () => {
    const samples = [
      ...[sample('signalbox', 0, 30), sample('barest', 0, 10)],
      ...[sample('barest', 1, 100), sample('signalbox', 1, 200)],
      ...[sample('signalbox', 2, 20), sample('barest', 2, 20)],
    ];
    expect(summarize(samples)).toEqual([
      {
        kind: 'fan-out',
        case: 'a',
        contender: 'signalbox',
        figures: { rate: { median: 30, ratio: 2, samples: [30, 200, 20] } },
      },
      {
        kind: 'fan-out',
        case: 'a',
        contender: 'barest',
        figures: { rate: { median: 20, ratio: 1, samples: [10, 100, 20] } },
      },
    ]);
  });

  it('compares a figure with what it brings itself, where it does', () => {
    const own = sample('signalbox', 0, 30, { base: { rate: 60 } });
    expect(summarize([own, sample('barest', 0, 10)])[0]?.figures.rate?.ratio).toBe(0.5);
  });

  it('has no ratio where there is nothing to compare with', () => {
    expect(summarize([sample('signalbox', 0, 30)])[0]?.figures.rate?.ratio).toBeNull();
  });
});

describe('a table', () => {
  it('has a column for each figure that one of its rows has', () => {
    const rows = summarize([
      sample('signalbox', 0, 4321.4),
      sample('signalbox', 0, 50, { case: 'b', figures: { rate: 50, 'p50 ms': 2.25 }, base: { rate: 100 } }),
    ]);
    expect(toMarkdown(rows)).toBe(
      [
        '| fan-out | server    |         rate | p50 ms |',
        '|---------|-----------|-------------:|-------:|',
        '| a       | signalbox |        4,321 |        |',
        '| b       | signalbox | 50.0 (0.50×) |    2.3 |',
      ].join('\n'),
    );
  });
});
