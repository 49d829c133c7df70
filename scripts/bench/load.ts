/** The load generator: a process of its own, so that its processor time is nobody else's. Its parent says what to do. */
import { textFrame } from './frames.ts';
import { Room } from './room.ts';

export type Command =
  | { do: 'connect'; port: number; rooms: number; size: number }
  | { do: 'flood'; bytes: number; seconds: number; inFlight: number }
  | { do: 'pace'; bytes: number; seconds: number; perSecond: number };

/** What a command came to: deliveries (connections, for `connect`) in so many seconds, and their latencies in milliseconds. */
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
  const count = command.do === 'connect' ? command.rooms * command.size : delivered() - before;
  return { count, seconds, ...percentiles(latencies) };
}

async function carryOut(command: Command): Promise<number[]> {
  switch (command.do) {
    case 'connect':
      await connect(command);
      return [];
    case 'flood':
      await flood(command);
      return [];
    case 'pace':
      return pace(command);
  }
}

/** Opens more rooms with so many clients each, in no order of rooms. */
async function connect({ port, rooms: count, size }: Extract<Command, { do: 'connect' }>): Promise<void> {
  const first = rooms.length;
  for (let i = 0; i < count; i++) rooms.push(new Room({ port, name: `bench-${first + i}`, onLost: lost.reject }));
  const waiting = rooms.slice(first).flatMap((room) => Array<Room>(size).fill(room));
  const connectNext = async () => {
    for (let room = waiting.pop(); room !== undefined; room = waiting.pop()) await room.connect();
  };
  await Promise.all(Array.from({ length: HANDSHAKES }, connectNext));
}

async function flood({ bytes, seconds, inFlight }: Extract<Command, { do: 'flood' }>): Promise<void> {
  const until = performance.now() + seconds * 1000;
  await Promise.all(rooms.map((room) => room.flood(textFrame(bytes), inFlight, until)));
}

/** The rooms take turns: each begins a little after the one before. */
async function pace({ bytes, seconds, perSecond }: Extract<Command, { do: 'pace' }>): Promise<number[]> {
  const frame = textFrame(bytes);
  const paced = rooms.map((room, index) => room.pace(frame, perSecond, seconds, index / rooms.length));
  return (await Promise.all(paced)).flat();
}

function delivered(): number {
  return rooms.reduce((sum, room) => sum + room.delivered, 0);
}

function percentiles(values: number[]): { p50: number; p99: number } {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
