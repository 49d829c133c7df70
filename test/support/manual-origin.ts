/** A room's origin in plain Node: what was dialled, what went up, and what tests let it do. */
import { DEFAULT_ROOM_ORIGIN, type ResolvedRoomOrigin } from '../../src/config/room-origin.ts';
import type { OriginEvents, OriginPort } from '../../src/room/origin/ports.ts';
import type { KeyValues } from '../../src/room/origin/queue.ts';
import { FakeSocket, ManualPort } from './members.ts';

/** Keeps values as long as a test lasts, copied as storage would. */
export class MemoryKeyValues implements KeyValues {
  readonly values = new Map<string, unknown>();

  get<T>(key: string): T | undefined {
    return structuredClone(this.values.get(key)) as T | undefined;
  }

  put<T>(key: string, value: T): void {
    this.values.set(key, structuredClone(value));
  }

  delete(key: string): void {
    this.values.delete(key);
  }

  list<T>(prefix: string): [string, T][] {
    const found = [...this.values].filter(([key]) => key.startsWith(prefix));
    return found.sort(([a], [b]) => (a < b ? -1 : 1)) as [string, T][];
  }
}

/** A connection to the origin, or an attempt at one. */
export class Dialled extends FakeSocket {
  readonly events: OriginEvents;
  /** Whether the connection was to end whatever the origin does. */
  isCut = false;

  constructor(events: OriginEvents) {
    super();
    this.events = events;
  }

  /** The origin switches over. */
  accept(): void {
    this.events.opened(this, () => {
      this.isCut = true;
    });
  }

  /** The origin is gone, or refuses. */
  end(): void {
    this.events.ended();
  }
}

export class ManualOrigin implements OriginPort {
  readonly world: ManualPort;
  readonly kept: MemoryKeyValues;
  /** What chance gives. */
  chance = 0;
  readonly dialled: Dialled[] = [];

  constructor(world = new ManualPort(), kept = new MemoryKeyValues()) {
    this.world = world;
    this.kept = kept;
  }

  now(): number {
    return this.world.now();
  }

  wakeAt(time: number): void {
    this.world.wakeAt(time);
  }

  random(): number {
    return this.chance;
  }

  dial(events: OriginEvents): void {
    this.dialled.push(new Dialled(events));
  }

  /** What was dialled last. */
  get last(): Dialled {
    const last = this.dialled.at(-1);
    if (last === undefined) throw new Error('The origin was not dialled');
    return last;
  }
}

export function createOriginSettings(changes: Partial<ResolvedRoomOrigin> = {}): ResolvedRoomOrigin {
  const address = { url: 'http://origin.example/', room: 'room', secret: null, protocol: null, ping: null, pong: null };
  return { kind: 'origin', ...DEFAULT_ROOM_ORIGIN, ...address, ...changes };
}
