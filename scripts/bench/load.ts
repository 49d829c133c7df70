/** The load generator: a process of its own, so that its processor time is nobody else's. Its parent says what to do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DIALECTS, type DialectName, LIVE } from './dialects.ts';
import { maskedFrame } from './frames.ts';
import { Pipe } from './pipe.ts';
import { comingBack } from './returning.ts';
import { Room } from './room.ts';
import { percentiles } from './statistics.ts';

/**
 * Publications are on the channel `live` unless another one is named; bare sockets know none. Rooms that are `inOne` are one
 * room to the server, and each of them has its own publisher: for those that get nothing but acknowledgements.
 */
export type Command =
  | { do: 'connect'; port: number; rooms: number; size: number; as?: DialectName; inOne?: boolean }
  | { do: 'flood'; bytes: number; seconds: number; inFlight: number; channel?: string }
  | { do: 'pace'; bytes: number; seconds: number; perSecond: number; channel?: string }
  | { do: 'listen'; seconds: number }
  | { do: 'publish'; bytes: number; count: number; channel: string }
  | { do: 'open'; port: number; tunnels: number; acknowledges: boolean }
  | { do: 'ask'; messages: number; bytes: number; answerBytes: number; seconds: number; inFlight: number }
  | { do: 'return'; port: number; clients: number; missed: number; channel: string };

type CommandTo<D extends Command['do']> = Extract<Command, { do: D }>;

/**
 * What a command came to: deliveries (connections, for `connect` and `return`) in so many seconds, and their latencies in
 * milliseconds.
 */
export interface Outcome {
  count: number;
  seconds: number;
  p50: number;
  p99: number;
}

export type Answer = { outcome: Outcome } | { error: string };

/** Handshakes that go on at a time. */
const HANDSHAKES = 64;

const rooms: Room[] = [];
const pipes: Pipe[] = [];
/** What all of them speak. */
let speaks: DialectName = 'raw';
const lost = Promise.withResolvers<never>();
// A connection may be lost while no command waits for it; the next one learns of it.
lost.promise.catch(() => {});

process.on('disconnect', () => process.exit());
process.on('message', async (command: Command) => {
  const answer = await Promise.race([run(command), lost.promise]).then(
    (outcome): Answer => ({ outcome }),
    (error: Error): Answer => ({ error: error.message }),
  );
  process.send?.(answer);
});

async function run(command: Command): Promise<Outcome> {
  const start = performance.now();
  const before = delivered();
  const latencies = await carryOut(command);
  const seconds = (performance.now() - start) / 1000;
  return { count: connected(command) ?? delivered() - before, seconds, ...percentiles(latencies) };
}

/** How many connections a command made; null where it is about something else. */
function connected(command: Command): number | null {
  if (command.do === 'connect') return command.rooms * command.size;
  return command.do === 'return' ? command.clients : null;
}

async function carryOut(command: Command): Promise<number[]> {
  if (command.do === 'pace') return pace(command);
  if (command.do === 'ask') return ask(command);
  if (command.do === 'connect') await connect(command);
  else if (command.do === 'open') await open(command);
  else if (command.do === 'flood') await flood(command);
  else if (command.do === 'listen') await sleep(command.seconds * 1000);
  else if (command.do === 'publish') await publish(command);
  else await comeBack(command);
  return [];
}

/** Opens more rooms with so many clients each, in no order of rooms. */
async function connect({ port, rooms: count, size, as = 'raw', inOne = false }: CommandTo<'connect'>): Promise<void> {
  speaks = as;
  const dialect = DIALECTS[as];
  const first = rooms.length;
  for (let i = first; i < first + count; i++) {
    rooms.push(new Room({ port, name: `bench-${inOne ? 0 : i}`, dialect, onLost: lost.reject }));
  }
  const added = rooms.slice(first);
  await Promise.all(added.map((room) => room.connectPublisher()));
  await handshakes(added.flatMap((room) => Array<() => Promise<void>>(size).fill(() => room.connect())));
}

async function open({ port, tunnels, acknowledges }: CommandTo<'open'>): Promise<void> {
  for (let n = 0; n < tunnels; n++) pipes.push(new Pipe({ port, acknowledges, onLost: lost.reject }));
  await Promise.all(pipes.map(({ opened }) => opened));
}

/** Asks through all tunnels; what is asked is that many messages of so many bytes each. */
async function ask({ messages, bytes, answerBytes, seconds, inFlight }: CommandTo<'ask'>): Promise<number[]> {
  const until = performance.now() + seconds * 1000;
  const frames = Buffer.concat(Array(messages).fill(maskedFrame(Buffer.alloc(bytes, 'x'))));
  return (await Promise.all(pipes.map((pipe) => pipe.ask(frames, answerBytes, inFlight, until)))).flat();
}

/** Lets clients come back to the first room. */
async function comeBack({ port, clients, missed, channel }: CommandTo<'return'>): Promise<void> {
  const room = rooms[0]?.name ?? '';
  const comeBackOnce = await comingBack({ port, room, channel, missed, onLost: lost.reject });
  await handshakes(Array(clients).fill(comeBackOnce));
}

async function handshakes(waiting: (() => Promise<void>)[]): Promise<void> {
  const connectNext = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await next();
  };
  await Promise.all(Array.from({ length: HANDSHAKES }, connectNext));
}

async function flood({ bytes, seconds, inFlight, channel }: CommandTo<'flood'>): Promise<void> {
  const until = performance.now() + seconds * 1000;
  await Promise.all(rooms.map((room) => room.flood(frameOf(bytes, channel), inFlight, until)));
}

/** The rooms take turns: each begins a little after the one before. */
async function pace({ bytes, seconds, perSecond, channel }: CommandTo<'pace'>): Promise<number[]> {
  const frame = frameOf(bytes, channel);
  const paced = rooms.map((room, index) => room.pace(frame, perSecond, seconds, index / rooms.length));
  return (await Promise.all(paced)).flat();
}

async function publish({ bytes, count, channel }: CommandTo<'publish'>): Promise<void> {
  await Promise.all(rooms.map((room) => room.publish(frameOf(bytes, channel), count)));
}

function frameOf(bytes: number, channel = LIVE): Buffer {
  return DIALECTS[speaks].publication(bytes, channel);
}

function delivered(): number {
  return [...rooms, ...pipes].reduce((sum, { delivered }) => sum + delivered, 0);
}
