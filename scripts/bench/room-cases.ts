/** `--suite room`: rooms of bare sockets, which all contenders have. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Case, costed, latencies, PAYLOADS, type Result, rates, type Settings } from './cases.ts';
import type { Contender, Server } from './contender.ts';
import type { Loader } from './loader.ts';
import { residentKiB } from './processes.ts';

const SERVERS: readonly Contender[] = ['signalbox', 'barest', 'partyserver', 'node-ws'];

/** `perSecond` messages in each room make about 15,000 deliveries a second: at most half of what any server can do. */
const ROOMS = [
  { size: 10, rooms: 20, perSecond: 75 },
  { size: 100, rooms: 4, perSecond: 38 },
  { size: 1000, rooms: 1, perSecond: 15 },
  { size: 5000, rooms: 1, perSecond: 3 },
];

export const ROOM_CASES: readonly Case[] = [
  ...ROOMS.map(roomCase),
  { name: 'connections', contenders: SERVERS, measure: measureConnections },
];

function roomCase({ size, rooms, perSecond }: (typeof ROOMS)[number]): Case {
  const title = `${size} × ${rooms}`;
  return {
    name: String(size),
    contenders: SERVERS,
    async measure({ pid, port }, loader, { seconds, inFlight }) {
      await loader.run({ do: 'connect', port, rooms, size });
      await loader.run({ do: 'flood', bytes: 64, seconds: seconds / 2, inFlight });
      const results: Result[] = [];
      for (const bytes of PAYLOADS) {
        const flood = await costed(pid, () => loader.run({ do: 'flood', bytes, seconds, inFlight }));
        results.push({ kind: 'deliveries', case: `${title}, ${bytes} B`, figures: rates(flood) });
      }
      const figures = latencies(await loader.run({ do: 'pace', bytes: 64, seconds, perSecond }));
      return [...results, { kind: 'latency', case: `${title}, ${perSecond} messages/s each`, figures }];
    },
  };
}

async function measureConnections({ pid, port }: Server, loader: Loader, { idle }: Settings): Promise<Result[]> {
  // The first upgrades load and compile code, which is not what one more connection costs.
  await loader.run({ do: 'connect', port, rooms: 4, size: 50 });
  const before = residentKiB(pid);
  const opened = await costed(pid, () => loader.run({ do: 'connect', port, rooms: idle / 1000, size: 1000 }));
  await sleep(500);
  const figures = { ...rates(opened), 'KiB each': (residentKiB(pid) - before) / opened.count };
  return [{ kind: 'connections', case: `${idle} in rooms of 1000`, figures }];
}
