/** What many samples say: medians, their ratios to the base, and tables of both. */
import { type Figures, KINDS, type Sample } from './cases.ts';
import { BASE, CONTENDERS, type Contender } from './contender.ts';
import { median } from './statistics.ts';

/** One figure of one contender. */
export interface Figure {
  median: number;
  /** The median of the ratios to what it is compared with in the same repeat, close by in time; null without that. */
  ratio: number | null;
  samples: number[];
}

export interface Row {
  kind: Sample['kind'];
  case: string;
  contender: Contender;
  figures: Record<string, Figure>;
}

/** One row for each case and contender. */
export function summarize(samples: readonly Sample[]): Row[] {
  const cases = Map.groupBy(samples, (sample) => `${sample.kind} ${sample.case}`);
  return [...cases.values()].flatMap((ofCase) =>
    CONTENDERS.flatMap((contender) => {
      const own = ofCase.filter((sample) => sample.contender === contender);
      const base = ofCase.filter((sample) => sample.contender === BASE);
      return own[0] ? [{ kind: own[0].kind, case: own[0].case, contender, figures: figuresOf(own, base) }] : [];
    }),
  );
}

function figuresOf(own: readonly Sample[], base: readonly Sample[]): Record<string, Figure> {
  const columns = Object.keys(own[0]?.figures ?? {});
  return Object.fromEntries(columns.map((column) => [column, figureOf(column, own, base)]));
}

function figureOf(column: string, own: readonly Sample[], base: readonly Sample[]): Figure {
  const samples = own.map(({ figures }) => figures[column] ?? 0);
  const ratios = own.flatMap((sample) => {
    const other = baseOf(sample, base)?.[column];
    return other ? [(sample.figures[column] ?? 0) / other] : [];
  });
  return { median: median(samples), ratio: ratios.length > 0 ? median(ratios) : null, samples };
}

function baseOf({ base, repeat }: Sample, others: readonly Sample[]): Figures | undefined {
  return base ?? others.find((other) => other.repeat === repeat)?.figures;
}

/** All rows as Markdown: a table for each kind of measurement. */
export function toMarkdown(rows: readonly Row[]): string {
  const tables = KINDS.map((kind) => rows.filter((row) => row.kind === kind)).filter((own) => own.length > 0);
  return tables.map(tableOf).join('\n\n');
}

function tableOf(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap(({ figures }) => Object.keys(figures)))];
  const head = [rows[0]?.kind ?? '', 'server', ...columns];
  const body = rows.map((row) => [row.case, row.contender, ...columns.map((column) => cell(row.figures[column]))]);
  const widths = head.map((_, i) => Math.max(...[head, ...body].map((cells) => cells[i]?.length ?? 0)));
  const line = (cells: string[]) => `| ${cells.map((text, i) => pad(text, widths[i] ?? 0, i)).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i < 2 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(head), rule, ...body.map(line)].join('\n');
}

function pad(text: string, width: number, column: number): string {
  return column < 2 ? text.padEnd(width) : text.padStart(width);
}

function cell(figure: Figure | undefined): string {
  if (figure === undefined) return '';
  const digits = figure.median < 100 ? 1 : 0;
  const value = figure.median.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return figure.ratio === null ? value : `${value} (${figure.ratio.toFixed(2)}×)`;
}
