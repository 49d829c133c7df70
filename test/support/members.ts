/** Members of a room in plain Node: sockets that remember what was written to them, and a clock that tests turn. */
import { type Connection, type ConnectionRecord, createConnection, createRecord } from '../../src/room/connection.ts';
import type { Stores } from '../../src/room/journal.ts';
import { MemoryHistory } from '../../src/room/memory-history.ts';
import { MemoryIdempotency } from '../../src/room/memory-idempotency.ts';
import type { ClientSocket, HubPort, Message } from '../../src/room/ports.ts';
import { type AdmissionChanges, createAdmission } from './admission.ts';

export class FakeSocket implements ClientSocket {
  readonly sent: Message[] = [];
  closed: { code?: number; reason?: string } | null = null;
  bufferedAmount?: number;
  /** Called at each send, before the message counts as sent. */
  onSend: (message: Message) => void = () => {};

  send(message: Message): void {
    if (this.closed) throw new TypeError("Can't call WebSocket send() after close().");
    this.onSend(message);
    this.sent.push(message);
  }

  close(code?: number, reason?: string): void {
    if (this.closed) throw new TypeError('WebSocket already closed');
    this.closed = { code, reason };
  }
}

export interface Member {
  connection: Connection;
  socket: FakeSocket;
}

export function createMember(changes: AdmissionChanges = {}): Member {
  const socket = new FakeSocket();
  const record = createRecord(createAdmission(changes), crypto.randomUUID(), 0);
  return { connection: createConnection(socket, record), socket };
}

/** Stores that end with the test. */
export function createStores(): Stores {
  return { history: new MemoryHistory(), idempotency: new MemoryIdempotency() };
}

/** A world in which time passes, and turns of the event loop come, only when a test says so. */
export class ManualPort implements HubPort {
  readonly room = 'room';
  time = 0;
  #turns: (() => void)[] = [];

  now(): number {
    return this.time;
  }

  /** The times for which somebody asked to be woken. */
  readonly wakeUps: number[] = [];

  /** The records as they were kept last, by connection. */
  readonly kept = new Map<string, ConnectionRecord>();

  remember({ record }: Connection): void {
    this.kept.set(record.id, structuredClone(record));
  }

  /** Those whose membership has ended. */
  onLeft: (connection: Connection) => void = () => {};

  left(connection: Connection): void {
    this.onLeft(connection);
  }

  wakeAt(time: number): void {
    this.wakeUps.push(time);
  }

  nextTurn(task: () => void): void {
    this.#turns.push(task);
  }

  /** Lets one turn come; false where none is due. */
  turn(): boolean {
    const task = this.#turns.shift();
    task?.();
    return task !== undefined;
  }

  /** Lets turns come until none is due. */
  settle(): void {
    while (this.turn());
  }
}
