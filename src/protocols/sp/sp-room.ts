/** The device of a room: joins the patterns, which know only pipes, with the room's members. */
import { DISCONNECTS } from '../../config/disconnects.ts';
import type { Role } from '../../config/sp-roles.ts';
import type { Connection, ConnectionId, PipeRecord } from '../../room/connection.ts';
import { DEFAULT_CHANNEL, type Hub } from '../../room/hub.ts';
import type { Message } from '../../room/ports.ts';
import { ChannelAudience } from './channel-audience.ts';
import { Device } from './device.ts';
import { MemberPipe, type Write } from './member-pipe.ts';
import type { Pipe } from './pipe.ts';
import { bytesOf, toDraft, toDraftOfPair1 } from './publications.ts';
import { rightsOf, speaks } from './rights.ts';
import type { PatternStore } from './store.ts';
import { writeAnswer, writeAsk } from './text.ts';

/** What a room's device needs of the world. */
export interface SpPort {
  /** Where requests without an answer are kept, and what was pushed while there was no PULL. */
  requests: PatternStore;
  pushed: PatternStore;
  /** Any 32 bits. */
  random(): number;
  /** As `HubPort.wakeAt`, for `SpRoom.wake`. */
  wakeAt(time: number): void;
}

export class SpRoom {
  readonly #hub: Hub;
  readonly #port: SpPort;
  /** The places of members, by connection. A cache: they stand in the records. */
  readonly #pipes = new Map<ConnectionId, MemberPipe[]>();
  /** The same by their ids. */
  readonly #connections = new Map<number, Connection>();
  #lastOrder = 0;
  /** Made when it is first needed: most rooms have no SP peers. */
  #device: Device | null = null;

  constructor(hub: Hub, port: SpPort) {
    this.#hub = hub;
    this.#port = port;
  }

  /** Gives a member that has just come in its place. One that was there before the room slept waits for `restore`. */
  enter(connection: Connection, role: Role): void {
    const { pipes } = connection.record;
    if (pipes === undefined) this.open(connection, role);
    else for (const record of pipes) this.#hold(connection, record);
  }

  /** Goes on with those who were there before the room slept. Called once all of them have entered. */
  restore(): void {
    if (this.#pipes.size > 0) this.#awake();
  }

  /** Lets a member go. Nothing happens where it has no place. */
  leave(connection: Connection): void {
    const pipes = this.#pipes.get(connection.record.id) ?? [];
    this.#pipes.delete(connection.record.id);
    for (const pipe of pipes) this.#release(pipe);
  }

  /** Does what was to be done by now. */
  wake(): void {
    this.#awake().wake();
  }

  /** Gives a member a place in a role. Nothing happens where it has one. */
  open(connection: Connection, role: Role): void {
    if (this.#pipeOf(connection, role)) return;
    const device = this.#awake();
    const record = { id: device.createId(this.#port.random), role, order: this.#lastOrder + 1 };
    // Before it joins: what comes of that must find its way also after a sleep.
    this.#keep(connection, [...(connection.record.pipes ?? []), record]);
    device.join(this.#hold(connection, record));
  }

  /** Takes that place from it. Nothing happens where it has none. */
  shut(connection: Connection, role: Role): void {
    const pipe = this.#pipeOf(connection, role);
    if (!pipe) return;
    const others = (this.#pipes.get(connection.record.id) ?? []).filter((other) => other !== pipe);
    this.#pipes.set(connection.record.id, others);
    this.#keep(
      connection,
      others.map(({ record }) => record),
    );
    this.#release(pipe);
  }

  /** Takes a message of a member in that role. One who may not speak there is disconnected. */
  receive(connection: Connection, role: Role, message: Message | Uint8Array): void {
    const pipe = this.#pipeOf(connection, role);
    if (!pipe) return;
    const isAllowed = !speaks(role) || this.rightsOf(connection, role).speaks;
    if (isAllowed) this.#awake().receive(pipe, message instanceof Uint8Array ? message : bytesOf(message));
    else this.#hub.disconnect(connection, DISCONNECTS.permissionDenied);
  }

  /** What a member may do in a role. */
  rightsOf({ record: { grants } }: Connection, role: Role) {
    return rightsOf(role, grants, this.#hub.optionsOf(DEFAULT_CHANNEL));
  }

  #awake(): Device {
    if (this.#device) return this.#device;
    this.#device = this.#createDevice();
    const pipes = [...this.#pipes.values()].flat();
    this.#device.restore(pipes.sort((a, b) => a.record.order - b.record.order));
    return this.#device;
  }

  #createDevice(): Device {
    const { requests, pushed } = this.#port;
    const clock = { now: () => this.#hub.now(), wakeAt: (time: number) => this.#port.wakeAt(time) };
    const connectionOf = (pipe: Pipe) => this.#connections.get(pipe.id) ?? null;
    const channel = new ChannelAudience(this.#hub, connectionOf, toDraft);
    const ofPair1 = new ChannelAudience(this.#hub, connectionOf, toDraftOfPair1);
    const audiences = { pubSub: channel, bus: channel, pair: channel, pair1: ofPair1 };
    return new Device({ clock, requests, pushed, audiences });
  }

  #pipeOf({ record }: Connection, role: Role): MemberPipe | undefined {
    return this.#pipes.get(record.id)?.find((pipe) => pipe.role === role);
  }

  #hold(connection: Connection, record: PipeRecord): MemberPipe {
    const pipe = new MemberPipe(this.#hub, connection, record, writerFor(connection, record.role));
    this.#pipes.set(connection.record.id, [...(this.#pipes.get(connection.record.id) ?? []), pipe]);
    this.#connections.set(pipe.id, connection);
    this.#lastOrder = Math.max(this.#lastOrder, record.order);
    return pipe;
  }

  #release(pipe: MemberPipe): void {
    this.#device?.leave(pipe);
    this.#connections.delete(pipe.id);
  }

  #keep(connection: Connection, pipes: readonly PipeRecord[]): void {
    connection.record.pipes = pipes;
    this.#hub.remember(connection);
  }
}

function writerFor({ record }: Connection, role: Role): Write {
  if (record.protocol !== 'sp_text') return (message) => message;
  return role === 'req' ? writeAnswer : writeAsk;
}
