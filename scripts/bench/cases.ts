/** What is measured: each case is a fresh server, a fresh load generator, and the figures that come of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Contender, type Server, start } from './contender.ts';
import type { Outcome } from './load.ts';
import { Loader } from './loader.ts';
import { cpuSeconds, residentKiB } from './processes.ts';

export const KINDS = ['deliveries', 'latency', 'connections'] as const;
export type Kind = (typeof KINDS)[number];

/** Figures of one contender in one repeat, by the name of their column. */
export interface Sample {
  kind: Kind;
  case: string;
  contender: Contender;
  repeat: number;
  figures: Record<string, number>;
}

export interface Settings {
  /** How long each measurement goes on. */
  seconds: number;
  /** Messages that each room's publisher keeps in flight. */
  inFlight: number;
  /** Idle connections to open for the figures on connections. */
  idle: number;
}

export interface Case {
  name: string;
  measure(server: Server, loader: Loader, settings: Settings): Promise<Pick<Sample, 'kind' | 'case' | 'figures'>[]>;
}

/** `perSecond` messages in each room make about 15,000 deliveries a second: at most half of what any server can do. */
const ROOMS = [
  { size: 10, rooms: 20, perSecond: 75 },
  { size: 100, rooms: 4, perSecond: 38 },
  { size: 1000, rooms: 1, perSecond: 15 },
  { size: 5000, rooms: 1, perSecond: 3 },
];
const PAYLOADS = [64, 1024];

/** The largest rooms are only for those who ask. */
export const CASES: readonly Case[] = [...ROOMS.map(roomCase), { name: 'connections', measure: measureConnections }];
export const LARGE_CASE = '5000';

/** Runs a case against a contender that is started for it, and leaves nothing behind. */
export async function runCase(testCase: Case, contender: Contender, repeat: number, settings: Settings) {
  const server = await start(contender);
  const loader = new Loader(server.ended);
  try {
    const results = await testCase.measure(server, loader, settings);
    return results.map((result): Sample => ({ ...result, contender, repeat }));
  } finally {
    await loader.stop();
    await server.stop();
  }
}

function roomCase({ size, rooms, perSecond }: (typeof ROOMS)[number]): Case {
  const title = `${size} × ${rooms}`;
  return {
    name: String(size),
    async measure({ pid, port }, loader, { seconds, inFlight }) {
      await loader.run({ do: 'connect', port, rooms, size });
      await loader.run({ do: 'flood', bytes: 64, seconds: seconds / 2, inFlight });
      const samples = [];
      for (const bytes of PAYLOADS) {
        const flood = await costed(pid, () => loader.run({ do: 'flood', bytes, seconds, inFlight }));
        samples.push({ kind: 'deliveries' as const, case: `${title}, ${bytes} B`, figures: rates(flood) });
      }
      const { p50, p99 } = await loader.run({ do: 'pace', bytes: 64, seconds, perSecond });
      const figures = { 'p50 ms': p50, 'p99 ms': p99 };
      return [...samples, { kind: 'latency', case: `${title}, ${perSecond} messages/s each`, figures }];
    },
  };
}

async function measureConnections({ pid, port }: Server, loader: Loader, { idle }: Settings) {
  // The first upgrades load and compile code, which is not what one more connection costs.
  await loader.run({ do: 'connect', port, rooms: 4, size: 50 });
  const before = residentKiB(pid);
  const opened = await costed(pid, () => loader.run({ do: 'connect', port, rooms: idle / 1000, size: 1000 }));
  await sleep(500);
  const figures = { ...rates(opened), 'KiB each': (residentKiB(pid) - before) / opened.count };
  return [{ kind: 'connections' as const, case: `${idle} in rooms of 1000`, figures }];
}

interface Costed extends Outcome {
  cpu: number;
}

/** Runs something, and tells the processor time that the server spent on it. */
async function costed(pid: number, run: () => Promise<Outcome>): Promise<Costed> {
  const before = cpuSeconds(pid);
  const outcome = await run();
  return { ...outcome, cpu: cpuSeconds(pid) - before };
}

function rates({ count, seconds, cpu }: Costed): Record<string, number> {
  return { 'per second': count / seconds, 'per CPU-second': count / cpu };
}
