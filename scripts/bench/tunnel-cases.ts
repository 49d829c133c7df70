/** `--suite tunnel`: WebSocket connections to a TCP service: the router, the barest Worker, lighttpd, websockify. */
import { type Case, costed, latencies, type Result, rates, type Settings } from './cases.ts';
import type { Contender, OriginName, Server } from './contender.ts';
import type { Outcome } from './load.ts';
import type { Loader } from './loader.ts';

const TUNNELS: readonly Contender[] = ['signalbox', 'acknowledged', 'barest', 'lighttpd', 'websockify'];
const MEGABYTE = 1e6;
const MEBIBYTE = 1024 * 1024;

/** What one client asks for at a time: messages that it sends, and bytes that come back. */
interface Ask {
  messages: number;
  bytes: number;
  answerBytes: number;
  inFlight: number;
}

interface Bulk {
  origin: OriginName;
  title: string;
  ask: Ask;
  /** Bytes of an ask, or of its answer, that count. */
  counted: number;
}

/** A MiB in messages of so many bytes, and one byte back. */
const upward = (bytes: number): Ask => ({ messages: MEBIBYTE / bytes, bytes, answerBytes: 1, inFlight: 4 });
const echoed = (bytes: number): Ask => ({ messages: 1, bytes, answerBytes: bytes, inFlight: 4 });
const DOWNWARD: Ask = { messages: 1, bytes: 1, answerBytes: MEBIBYTE, inFlight: 4 };

const KIB_16 = 16 * 1024;
const KIB_256 = 256 * 1024;

export const TUNNEL_CASES: readonly Case[] = [
  smallCase(1),
  smallCase(50),
  bulkCase('to-16', { origin: 'tcp-sink', title: 'to the service, 16 KiB', ask: upward(KIB_16), counted: MEBIBYTE }),
  bulkCase('to-256', { origin: 'tcp-sink', title: 'to the service, 256 KiB', ask: upward(KIB_256), counted: MEBIBYTE }),
  bulkCase('from', { origin: 'tcp-source', title: 'from the service', ask: DOWNWARD, counted: MEBIBYTE }),
  bulkCase('both-16', { origin: 'tcp-echo', title: 'both ways, 16 KiB', ask: echoed(KIB_16), counted: KIB_16 }),
  bulkCase('both-256', { origin: 'tcp-echo', title: 'both ways, 256 KiB', ask: echoed(KIB_256), counted: KIB_256 }),
];

function smallCase(tunnels: number): Case {
  const measure = async (server: Server, loader: Loader, settings: Settings): Promise<Result[]> => {
    const outcome = await asked(server, loader, settings, tunnels, { ...echoed(64), inFlight: 1 });
    const figures = { ...rates(outcome), ...latencies(outcome) };
    return [{ kind: 'round trips', case: tunnels === 1 ? '1 tunnel, 64 B' : `${tunnels} tunnels, 64 B`, figures }];
  };
  return { name: `small-${tunnels}`, contenders: TUNNELS, origin: 'tcp-echo', measure };
}

function bulkCase(name: string, { origin, title, ask, counted }: Bulk): Case {
  const measure = async (server: Server, loader: Loader, settings: Settings): Promise<Result[]> => {
    const { count, seconds, cpu } = await asked(server, loader, settings, 8, ask);
    const megabytes = (count * counted) / MEGABYTE;
    const figures = { 'MB/s': megabytes / seconds, 'MB per CPU-second': megabytes / cpu };
    return [{ kind: 'bulk', case: title, figures }];
  };
  return { name, contenders: TUNNELS, origin, measure };
}

/** What comes of asking through so many tunnels, once they are warm. */
async function asked(
  { contender, pid, port }: Server,
  loader: Loader,
  { seconds }: Settings,
  tunnels: number,
  ask: Ask,
): Promise<Outcome & { cpu: number }> {
  await loader.run({ do: 'open', port, tunnels, acknowledges: contender === 'acknowledged' });
  const run = (seconds: number) => loader.run({ do: 'ask', ...ask, seconds });
  await run(seconds / 2);
  return costed(pid, () => run(seconds));
}
