/** `--suite proxy`: WebSocket connections to an origin that echoes, through the router, the barest Worker, nginx, HAProxy. */
import { type Case, costed, type Result, rates, type Settings } from './cases.ts';
import type { Contender, Server } from './contender.ts';
import type { Loader } from './loader.ts';

const PROXIES: readonly Contender[] = ['signalbox', 'inspected', 'barest', 'nginx', 'haproxy'];
const MEGABYTE = 1e6;

export const PROXY_CASES: readonly Case[] = [
  { name: 'small', contenders: PROXIES, origin: 'echo', measure: measureSmall },
  { name: 'bulk', contenders: PROXIES, origin: 'echo', measure: measureBulk },
  { name: 'upgrades', contenders: PROXIES, origin: 'echo', measure: measureUpgrades },
];

async function measureSmall({ pid, port }: Server, loader: Loader, { seconds }: Settings): Promise<Result[]> {
  await loader.run({ do: 'connect', port, rooms: 50, size: 1 });
  const flood = (seconds: number) => loader.run({ do: 'flood', bytes: 64, seconds, inFlight: 1 });
  await flood(seconds / 2);
  const figures = rates(await costed(pid, () => flood(seconds)));
  return [{ kind: 'round trips', case: '50 connections, 64 B', figures }];
}

async function measureBulk({ pid, port }: Server, loader: Loader, { seconds }: Settings): Promise<Result[]> {
  const bytes = 16 * 1024;
  await loader.run({ do: 'connect', port, rooms: 8, size: 1 });
  const flood = (seconds: number) => loader.run({ do: 'flood', bytes, seconds, inFlight: 4 });
  await flood(seconds / 2);
  const outcome = await costed(pid, () => flood(seconds));
  const megabytes = (outcome.count * bytes) / MEGABYTE;
  const figures = { 'MB/s': megabytes / outcome.seconds, 'MB per CPU-second': megabytes / outcome.cpu };
  return [{ kind: 'bulk', case: '8 connections, 16 KiB, 4 in flight', figures }];
}

async function measureUpgrades({ pid, port }: Server, loader: Loader, { idle }: Settings): Promise<Result[]> {
  // The first upgrades load and compile code, which is not what one more costs.
  await loader.run({ do: 'connect', port, rooms: 200, size: 1 });
  const count = idle / 4;
  const figures = rates(await costed(pid, () => loader.run({ do: 'connect', port, rooms: count, size: 1 })));
  return [{ kind: 'connections', case: `${count} through a proxy`, figures }];
}
