/** `--suite plugin`: what it costs that a plug-in answers, or broadcasts. */
import { type Case, costed, PAYLOADS, type Result, rates, type Settings } from './cases.ts';
import type { Server } from './contender.ts';
import type { DialectName } from './dialects.ts';
import { Loader } from './loader.ts';

/** Connections of one object, each of which sends the next message when it has the one before back. */
const ECHOES = 50;

/** Rooms in which one member speaks: as many deliveries each as in the suite `room`. */
const BROADCASTS = [
  { size: 10, rooms: 20 },
  { size: 100, rooms: 4 },
  { size: 1000, rooms: 1 },
];

export const PLUGIN_CASES: readonly Case[] = [
  { name: 'echo', contenders: ['signalbox', 'barest'], measure: measureEcho },
  ...BROADCASTS.map(broadcastCase),
];

async function measureEcho({ pid, port }: Server, loader: Loader, { seconds, inFlight }: Settings): Promise<Result[]> {
  await loader.run({ do: 'connect', port, rooms: ECHOES, size: 1, as: 'echo', inOne: true });
  await loader.run({ do: 'flood', bytes: 64, seconds: seconds / 2, inFlight });
  const results: Result[] = [];
  for (const bytes of PAYLOADS) {
    const flood = await costed(pid, () => loader.run({ do: 'flood', bytes, seconds, inFlight }));
    results.push({ kind: 'plug-ins', case: `echo, ${ECHOES} connections, ${bytes} B`, figures: rates(flood) });
  }
  return results;
}

/** What a plug-in broadcasts is compared with what the room fans out by itself, on the same server. */
function broadcastCase({ size, rooms }: (typeof BROADCASTS)[number]): Case {
  return {
    name: `broadcast-${size}`,
    contenders: ['signalbox'],
    async measure(server, loader, { seconds, inFlight }) {
      const other = new Loader(server.ended);
      const flood = async (by: Loader, as: DialectName, bytes: number) => {
        const outcome = await costed(server.pid, () => by.run({ do: 'flood', bytes, seconds, inFlight }));
        const title = `${as === 'raw' ? 'fan-out' : 'broadcast'}, ${size} × ${rooms}, ${bytes} B`;
        return { kind: 'plug-ins', case: title, figures: rates(outcome) } as const;
      };
      try {
        for (const [by, as] of [
          [loader, 'raw'],
          [other, 'broadcast'],
        ] as const) {
          await by.run({ do: 'connect', port: server.port, rooms, size, as });
          await by.run({ do: 'flood', bytes: 64, seconds: seconds / 2, inFlight });
        }
        const results: Result[] = [];
        for (const bytes of PAYLOADS) {
          const own = await flood(loader, 'raw', bytes);
          results.push(own, { ...(await flood(other, 'broadcast', bytes)), base: own.figures });
        }
        return results;
      } finally {
        await other.stop();
      }
    },
  };
}
