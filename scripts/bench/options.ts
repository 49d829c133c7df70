/** The command line of the benchmark. */
import { parseArgs } from 'node:util';
import type { Case, Settings } from './cases.ts';
import { CONTENDERS, type Contender } from './contender.ts';
import { LARGE_CASE, SUITE_NAMES, SUITES, type SuiteName } from './suites.ts';

export const USAGE = `Usage: npm run bench -- [options]

  --suite NAME       what to measure: room, bare sockets (what is measured without it); centrifugo, Centrifugo's protocol;
                     proxy, connections to an origin; tunnel, to a TCP service;
                     grip, connections whose application server is asked by requests;
                     plugin, plug-ins that send back, and to everybody;
                     sp, sockets of nng through a room and without one (needs nngcat)
  --quick            a short run, to see that everything works (its figures mean little)
  --large            also rooms of ${LARGE_CASE} connections
  --server NAME,...  only these: ${CONTENDERS.join(', ')}
  --case NAME,...    only these:
${SUITE_NAMES.map((suite) => `                     ${suite}: ${namesOf(SUITES[suite]).join(', ')}`).join('\n')}
  --repeats N        how often each case is run (3)
  --seconds N        how long each measurement goes on (1.5)
  --in-flight N      messages that each publisher of the suite room keeps in flight (1)
  --out FILE         where the figures go (.signalbox/bench.json)`;

const FLAGS = {
  suite: { type: 'string', default: 'room' },
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
  suite: SuiteName;
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
  const suite = suiteOf(values.suite);
  const known = SUITES[suite].filter(({ name }) => large || values.case !== undefined || name !== LARGE_CASE);
  const names = choose('--case', values.case, namesOf(known));
  const cases = known.filter(({ name }) => names.includes(name));
  const able = CONTENDERS.filter((contender) => cases.some(({ contenders }) => contenders.includes(contender)));
  return {
    suite,
    contenders: choose('--server', values.server, able),
    cases,
    repeats: Math.ceil(numberOf('--repeats', values.repeats ?? (quick ? '1' : '3'), 100)),
    settings: {
      seconds: numberOf('--seconds', values.seconds ?? (quick ? '0.3' : '1.5'), 60),
      inFlight: Math.ceil(numberOf('--in-flight', values['in-flight'] ?? '1', 1000)),
      idle: quick ? 1000 : 4000,
      returning: quick ? 100 : 1000,
    },
    out: values.out,
  };
}

function namesOf(cases: readonly Case[]): string[] {
  return cases.map(({ name }) => name);
}

function suiteOf(name: string): SuiteName {
  const [suite] = choose('--suite', name, SUITE_NAMES);
  if (suite === undefined || name.includes(',')) throw new Error(`--suite takes one of ${SUITE_NAMES.join(', ')}`);
  return suite;
}

/** What a list names, in the order in which it is known; everything without a list. */
function choose<const T extends string>(flag: string, list: string | undefined, known: readonly T[]): readonly T[] {
  if (list === undefined) return known;
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
