/** The command line of the benchmark. */
import { parseArgs } from 'node:util';
import { CASES, type Case, LARGE_CASE, type Settings } from './cases.ts';
import { CONTENDERS, type Contender } from './contender.ts';

export const USAGE = `Usage: npm run bench -- [options]

  --quick            a short run, to see that everything works (its figures mean little)
  --large            also rooms of ${LARGE_CASE} connections
  --server NAME,...  only these: ${CONTENDERS.join(', ')}
  --case NAME,...    only these: ${CASES.map(({ name }) => name).join(', ')}
  --repeats N        how often each case is run (3)
  --seconds N        how long each measurement goes on (1.5)
  --in-flight N      messages that each publisher keeps in flight (1)
  --out FILE         where the figures go (.signalbox/bench.json)`;

const FLAGS = {
  quick: { type: 'boolean', default: false },
  large: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
  server: { type: 'string' },
  case: { type: 'string' },
  repeats: { type: 'string' },
  seconds: { type: 'string' },
  'in-flight': { type: 'string' },
  out: { type: 'string', default: '.signalbox/bench.json' },
} as const;

export interface Options {
  contenders: readonly Contender[];
  cases: readonly Case[];
  repeats: number;
  settings: Settings;
  out: string;
}

/**
 * What the command line asks for, or null where it asks for help.
 *
 * @throws Error with what is wrong with it
 */
export function parseOptions(args: string[]): Options | null {
  const { values } = parseArgs({ args, options: FLAGS });
  if (values.help) return null;
  const { quick, large } = values;
  const usual = CASES.map(({ name }) => name).filter((name) => large || name !== LARGE_CASE);
  const names = choose(
    '--case',
    values.case ?? usual.join(','),
    CASES.map(({ name }) => name),
  );
  return {
    contenders: choose('--server', values.server ?? CONTENDERS.join(','), CONTENDERS),
    cases: CASES.filter(({ name }) => names.includes(name)),
    repeats: Math.ceil(numberOf('--repeats', values.repeats ?? (quick ? '1' : '3'), 100)),
    settings: {
      seconds: numberOf('--seconds', values.seconds ?? (quick ? '0.3' : '1.5'), 60),
      inFlight: Math.ceil(numberOf('--in-flight', values['in-flight'] ?? '1', 1000)),
      idle: quick ? 1000 : 4000,
    },
    out: values.out,
  };
}

function choose<const T extends string>(flag: string, list: string, known: readonly T[]): T[] {
  const asked = list.split(',');
  const unknown = asked.find((name) => !(known as readonly string[]).includes(name));
  if (unknown !== undefined) throw new Error(`${flag} knows no "${unknown}", only ${known.join(', ')}`);
  return known.filter((name) => asked.includes(name));
}

function numberOf(flag: string, text: string, max: number): number {
  const number = Number(text);
  if (number > 0 && number <= max) return number;
  throw new Error(`${flag} must be a number above 0, up to ${max}, not "${text}"`);
}
