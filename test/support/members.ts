/** Members of a room in plain Node: sockets that remember what was written to them, and a clock that tests turn. */
import { DEFAULT_LIMITS, type Limits } from '../../src/config/limits.ts';
import { type Connection, createConnection, RECORD_VERSION } from '../../src/room/connection.ts';
import type { ClientSocket, HubPort, Message } from '../../src/room/ports.ts';

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

export function createMember(limits: Partial<Limits> = {}, echo = false): Member {
  const socket = new FakeSocket();
  const connection = createConnection(socket, {
    version: RECORD_VERSION,
    id: crypto.randomUUID(),
    protocol: 'raw',
    subprotocol: null,
    echo,
    limits: { ...DEFAULT_LIMITS, ...limits },
  });
  return { connection, socket };
}

/** A world in which time passes, and turns of the event loop come, only when a test says so. */
export class ManualPort implements HubPort {
  time = 0;
  #turns: (() => void)[] = [];

  now(): number {
    return this.time;
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
