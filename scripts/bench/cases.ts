/** What a case is: a fresh server, a fresh load generator, and the figures that come of them. */
import { type Contender, type OriginName, type Server, start, startOrigin } from './contender.ts';
import type { Outcome } from './load.ts';
import { Loader } from './loader.ts';
import { cpuSeconds } from './processes.ts';

/** A table each, in this order. */
export const KINDS = [
  'deliveries',
  'latency',
  'connections',
  'fan-out',
  'recovery',
  'publishing',
  'round trips',
  'bulk',
  'asked',
  'sp',
  'plug-ins',
] as const;
export type Kind = (typeof KINDS)[number];

/** By the name of their column. */
export type Figures = Readonly<Record<string, number>>;

/** What came of one measurement. */
export interface Result {
  kind: Kind;
  case: string;
  figures: Figures;
  /** What to compare with, where that is not what the base contender came to. */
  base?: Figures;
}

/** Figures of one contender in one repeat. */
export interface Sample extends Result {
  contender: Contender;
  repeat: number;
}

export interface Settings {
  /** How long each measurement goes on. */
  seconds: number;
  /** Messages that each room's publisher keeps in flight. */
  inFlight: number;
  /** Idle connections to open for the figures on connections. */
  idle: number;
  /** Clients that come back for the figures on recovery. */
  returning: number;
}

export interface Case {
  name: string;
  /** Those that can do it. */
  contenders: readonly Contender[];
  /** What is behind the contenders. The same kind for all cases of a suite. @default nothing */
  origin?: OriginName;
  measure(server: Server, loader: Loader, settings: Settings): Promise<Result[]>;
}

/** The bytes of a message. */
export const PAYLOADS = [64, 1024];

/** Runs a case against a contender that is started for it, and leaves nothing behind. */
export async function runCase(testCase: Case, contender: Contender, repeat: number, settings: Settings) {
  const origin = testCase.origin ? await startOrigin(testCase.origin) : null;
  const server = await start(contender, origin);
  const loader = new Loader(server.ended);
  try {
    const results = await testCase.measure(server, loader, settings);
    return results.map((result): Sample => ({ ...result, contender, repeat }));
  } finally {
    await loader.stop();
    await server.stop();
    await origin?.stop();
  }
}

interface Costed extends Outcome {
  cpu: number;
}

/** Runs something, and tells the processor time that the server spent on it. */
export async function costed(pid: number, run: () => Promise<Outcome>): Promise<Costed> {
  const before = cpuSeconds(pid);
  const outcome = await run();
  return { ...outcome, cpu: cpuSeconds(pid) - before };
}

export function rates({ count, seconds, cpu }: Costed): Figures {
  return { 'per second': count / seconds, 'per CPU-second': count / cpu };
}

export function latencies({ p50, p99 }: Outcome): Figures {
  return { 'p50 ms': p50, 'p99 ms': p99 };
}
