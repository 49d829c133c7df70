/** `--suite grip`: WebSockets whose application server gets their messages by requests, in a room and in the barest that asks. */
import { type Case, costed, type Result, rates, type Settings } from './cases.ts';
import type { Contender, Server } from './contender.ts';
import type { Loader } from './loader.ts';

const ASKING: readonly Contender[] = ['signalbox', 'barest'];
const CONNECTIONS = 100;

export const GRIP_CASES: readonly Case[] = [1, 16].map((inFlight) => ({
  name: `grip-${inFlight}`,
  contenders: ASKING,
  origin: 'application',
  measure: (server: Server, loader: Loader, settings: Settings) => measure(server, loader, settings, inFlight),
}));

async function measure(
  { pid, port }: Server,
  loader: Loader,
  { seconds }: Settings,
  inFlight: number,
): Promise<Result[]> {
  await loader.run({ do: 'connect', port, rooms: CONNECTIONS, size: 1, inOne: true });
  const flood = (seconds: number) => loader.run({ do: 'flood', bytes: 64, seconds, inFlight });
  await flood(seconds / 2);
  const before = await requestsSoFar(port);
  const outcome = await costed(pid, () => flood(seconds));
  const requests = (await requestsSoFar(port)) - before;
  const figures = { ...rates(outcome), 'requests per 100': (100 * requests) / outcome.count };
  return [{ kind: 'asked', case: `${CONNECTIONS} connections, 64 B, ${inFlight} in flight`, figures }];
}

/** What the application server tells by way of the router. */
async function requestsSoFar(port: number): Promise<number> {
  return Number(await (await fetch(`http://127.0.0.1:${port}/count`)).text());
}
