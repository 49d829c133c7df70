/** `npm run bench`: the router's room against the barest one and others. See docs/benchmarks.md. */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { type Case, runCase, type Sample } from './cases.ts';
import { type Contender, isThere, prepare } from './contender.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { canPin, requireProc } from './processes.ts';
import { summarize, toMarkdown } from './table.ts';

const options = readOptions();
if (options === null) {
  console.log(USAGE);
} else {
  await run(options).catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
}

function readOptions(): Options | null {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${USAGE}`);
  }
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

async function run({ suite, contenders: asked, cases, repeats, settings, out }: Options): Promise<void> {
  requireProc();
  const contenders = asked.filter(isThere);
  const origin = cases[0]?.origin ?? null;
  for (const contender of contenders) await prepare(contender, origin);
  const samples: Sample[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const testCase of cases) {
      for (const contender of rotated(able(contenders, testCase), repeat)) {
        console.error(`repeat ${repeat + 1} of ${repeats}: ${testCase.name}, ${contender}`);
        samples.push(...(await runCase(testCase, contender, repeat, settings)));
      }
    }
  }
  const rows = summarize(samples);
  console.log(`\n${toMarkdown(rows)}\n`);
  const machine = { cores: availableParallelism(), pinned: canPin };
  await writeJson(out, { date: new Date().toISOString(), suite, machine, repeats, settings, rows });
}

function able(contenders: readonly Contender[], testCase: Case): readonly Contender[] {
  return contenders.filter((contender) => testCase.contenders.includes(contender));
}

/** Nobody is always first: what a machine does in the background often comes in waves. */
function rotated(contenders: readonly Contender[], by: number): readonly Contender[] {
  const first = by % contenders.length;
  return [...contenders.slice(first), ...contenders.slice(0, first)];
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(value, null, 2)}\n`);
  console.log(`The figures are in ${file}`);
}
