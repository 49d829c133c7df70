/** `--suite sp`: sockets of nng through a room, and the same sockets with nothing between them. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/support/programs.ts';
import { type Case, type Figures, PAYLOADS } from './cases.ts';
import type { DialectName } from './dialects.ts';
import type { Outcome } from './load.ts';
import { Loader } from './loader.ts';
import { kill, watch } from './processes.ts';

const SUBSCRIBERS = 100;
/** In which all of them connect, before anything is published. */
const HEAD_START_SECONDS = 2;
/** Where the load generator looks for its first room. */
const PATH = '/sp/bench-0';

interface Pattern {
  name: string;
  /** What nngcat is: it publishes as fast as it can, or answers. */
  role: 'pub' | 'rep';
  /** What the load generator is, and how many of it there are. */
  as: DialectName;
  size: number;
  measure(loader: Loader, bytes: number, seconds: number): Promise<Outcome>;
}

const PATTERNS: readonly Pattern[] = [
  {
    name: 'REQ/REP, one request at a time',
    role: 'rep',
    as: 'req',
    size: 1,
    measure: (loader, bytes, seconds) => loader.run({ do: 'flood', bytes, seconds, inFlight: 1 }),
  },
  {
    name: `PUB to ${SUBSCRIBERS} SUBs`,
    role: 'pub',
    as: 'sub',
    size: SUBSCRIBERS,
    measure: (loader, _, seconds) => loader.run({ do: 'listen', seconds }),
  },
];

/** Each with a server of its own: one that was flooded takes a while to come to rest. */
export const SP_CASES: readonly Case[] = PATTERNS.flatMap((pattern) => PAYLOADS.map((bytes) => spCase(pattern, bytes)));

function spCase(pattern: Pattern, bytes: number): Case {
  return {
    name: `${pattern.role}-${bytes}`,
    contenders: ['signalbox'],
    async measure({ port, ended }, _, { seconds }) {
      const base = await direct(pattern, bytes, seconds);
      const figures = await measured(pattern, port, ['--dial', urlOf(port)], bytes, seconds, ended);
      const title = `${pattern.name}, ${bytes} B`;
      return [
        { kind: 'sp', case: `${title}, direct`, figures: base },
        { kind: 'sp', case: `${title}, through a room`, figures, base },
      ];
    },
  };
}

async function direct(pattern: Pattern, bytes: number, seconds: number): Promise<Figures> {
  const port = await freePort();
  return measured(pattern, port, ['--listen', urlOf(port)], bytes, seconds);
}

/** What the load generator's clients get of one nngcat, after some time to warm up. */
async function measured(
  { role, as, size, measure }: Pattern,
  port: number,
  where: string[],
  bytes: number,
  seconds: number,
  serverEnded?: AbortSignal,
): Promise<Figures> {
  // One that publishes as fast as it can lets nobody in any more.
  const pace = role === 'pub' ? ['-i', '0', '-d', String(HEAD_START_SECONDS)] : ['-q'];
  const nng = spawn('nngcat', [`--${role}`, ...where, '-D', 'x'.repeat(bytes), ...pace], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = watch(nng, 'nngcat');
  const loader = new Loader(serverEnded ? AbortSignal.any([serverEnded, ended]) : ended);
  try {
    // It does not tell when it listens, or is connected.
    await sleep(500);
    await loader.run({ do: 'connect', port, rooms: 1, size, as });
    if (role === 'pub') await sleep(HEAD_START_SECONDS * 1000);
    await measure(loader, bytes, seconds / 2);
    const { count, seconds: took } = await measure(loader, bytes, seconds);
    return { 'per second': count / took };
  } finally {
    await loader.stop();
    await kill(nng);
  }
}

function urlOf(port: number): string {
  return `ws://127.0.0.1:${port}${PATH}`;
}
