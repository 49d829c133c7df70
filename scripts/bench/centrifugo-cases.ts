/** `--suite centrifugo`: rooms whose clients speak Centrifugo's protocol in JSON. */
import { type Case, costed, type Figures, latencies, PAYLOADS, type Result, rates, type Settings } from './cases.ts';
import type { Server } from './contender.ts';
import { KEPT, LIVE } from './dialects.ts';
import type { Loader } from './loader.ts';

/** Publications per second of a busy channel. */
const PER_SECOND = 200;
/** What the barest room is given at a time to show how much it can do at most. */
const BAREST_IN_FLIGHT = 16;
/** Publications that a client missed. As many are kept: see servers/signalbox.ts. */
const MISSED = 100;
/** Publications that wait for their acknowledgement at a time: of one publisher, or one each of so many. */
const PUBLICATIONS = 64;

export const CENTRIFUGO_CASES: readonly Case[] = [
  ...[1000, 5000].map(fanOutCase),
  { name: 'recovery', contenders: ['signalbox'], measure: measureRecovery },
  { name: 'publishing', contenders: ['signalbox'], measure: measurePublishing },
];

/** A channel of one room. The barest room has no channels: what it is published goes to everybody. */
function fanOutCase(size: number): Case {
  return {
    name: String(size),
    contenders: ['signalbox', 'barest'],
    async measure(server, loader, { seconds }) {
      const isBarest = server.contender === 'barest';
      await loader.run({ do: 'connect', port: server.port, rooms: 1, size, as: isBarest ? 'raw' : 'subscriber' });
      await loader.run({ do: 'flood', bytes: 64, seconds: seconds / 2, inFlight: 1 });
      const measure = isBarest ? measureBarest : measureChannels;
      const results: Result[] = [];
      for (const bytes of PAYLOADS) results.push(...(await measure(server, loader, seconds, { size, bytes })));
      return results;
    },
  };
}

interface Channel {
  size: number;
  bytes: number;
}

async function measureChannels({ pid }: Server, loader: Loader, seconds: number, { size, bytes }: Channel) {
  const flood = await costed(pid, () => loader.run({ do: 'flood', bytes, seconds, inFlight: 1 }));
  const pace = async (channel: string) => {
    const command = { do: 'pace', bytes, seconds, perSecond: PER_SECOND, channel } as const;
    const outcome = await costed(pid, () => loader.run(command));
    return { ...rates(outcome), ...latencies(outcome) };
  };
  const live = await pace(LIVE);
  const kept = await pace(KEPT);
  return [
    fanOut(`${size}, ${bytes} B, one at a time`, rates(flood)),
    fanOut(`${size}, ${bytes} B, ${PER_SECOND}/s`, live),
    { ...fanOut(`${size}, ${bytes} B, ${PER_SECOND}/s, history`, kept), base: live },
  ];
}

/** The barest room could not take so many a second: what stands beside them is the most that it can do. */
async function measureBarest({ pid }: Server, loader: Loader, seconds: number, { size, bytes }: Channel) {
  const flood = async (inFlight: number) =>
    rates(await costed(pid, () => loader.run({ do: 'flood', bytes, seconds, inFlight })));
  const [one, many] = [await flood(1), await flood(BAREST_IN_FLIGHT)];
  return [
    fanOut(`${size}, ${bytes} B, one at a time`, one),
    fanOut(`${size}, ${bytes} B, ${PER_SECOND}/s`, best(one, many)),
  ];
}

function best(one: Figures, other: Figures): Figures {
  return Object.fromEntries(
    Object.entries(one).map(([column, figure]) => [column, Math.max(figure, other[column] ?? 0)]),
  );
}

function fanOut(title: string, figures: Figures): Result {
  return { kind: 'fan-out', case: title, figures };
}

async function measureRecovery(server: Server, loader: Loader, { returning }: Settings): Promise<Result[]> {
  await loader.run({ do: 'connect', port: server.port, rooms: 1, size: 1, as: 'publisher' });
  const results: Result[] = [];
  for (const bytes of PAYLOADS) results.push(...(await recoveryOf(bytes, returning, server, loader)));
  return results;
}

async function recoveryOf(bytes: number, clients: number, { pid, port }: Server, loader: Loader): Promise<Result[]> {
  const channel = `${KEPT}-${bytes}`;
  const comeBack = async (missed: number, count = clients) =>
    rates(await costed(pid, () => loader.run({ do: 'return', port, clients: count, missed, channel })));
  await loader.run({ do: 'publish', bytes, count: MISSED, channel });
  // The first ones load and compile code.
  await comeBack(MISSED, clients / 5);
  const base = await comeBack(0);
  const figures = await comeBack(MISSED);
  const title = (missed: number) => `${clients} clients, ${missed} × ${bytes} B missed`;
  return [
    { kind: 'recovery', case: title(0), figures: base },
    { kind: 'recovery', case: title(MISSED), figures, base },
  ];
}

/** On channels that nobody else is on: what comes back are acknowledgements. */
async function measurePublishing(server: Server, loader: Loader, { seconds }: Settings): Promise<Result[]> {
  const { port } = server;
  await loader.run({ do: 'connect', port, rooms: 1, size: 1, as: 'publisher' });
  for (const channel of [LIVE, KEPT]) {
    await loader.run({ do: 'flood', bytes: 64, seconds: seconds / 2, inFlight: 1, channel });
  }
  const results = await publishingOf('1 publisher', [1, PUBLICATIONS], server, loader, seconds);
  await loader.run({ do: 'connect', port, rooms: PUBLICATIONS - 1, size: 1, as: 'publisher', inOne: true });
  return [...results, ...(await publishingOf(`${PUBLICATIONS} publishers`, [1], server, loader, seconds))];
}

async function publishingOf(who: string, inFlights: number[], { pid }: Server, loader: Loader, seconds: number) {
  const flood = async (channel: string, bytes: number, inFlight: number) =>
    rates(await costed(pid, () => loader.run({ do: 'flood', bytes, seconds, inFlight, channel })));
  const results: Result[] = [];
  for (const bytes of PAYLOADS) {
    for (const inFlight of inFlights) {
      const title = `${who}, ${bytes} B, ${inFlight} in flight`;
      const base = await flood(LIVE, bytes, inFlight);
      results.push({ kind: 'publishing', case: title, figures: base });
      results.push({
        kind: 'publishing',
        case: `${title}, history`,
        figures: await flood(KEPT, bytes, inFlight),
        base,
      });
    }
  }
  return results;
}
