import type { Connection } from '../room/connection.ts';
import { answerPings, isVerbatim } from './hibernation.ts';

/**
 * The sockets of a room, with what they are connections of. A cache: after the room slept it is filled again from the
 * sockets' attachments.
 */
export class Sockets {
  readonly #ctx: DurableObjectState;
  readonly #connections = new Map<WebSocket, Connection>();
  /** Those of clients that send by requests of their own. */
  readonly #sessions = new Map<string, WebSocket>();
  /** How many there are to whom a ping is nothing of the room's. */
  #verbatim = 0;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
  }

  connectionOf(socket: WebSocket): Connection | null {
    return this.#connections.get(socket) ?? null;
  }

  socketOf(session: string): WebSocket | null {
    return this.#sessions.get(session) ?? null;
  }

  /** Those that are members of the room. */
  get members(): Connection[] {
    return [...this.#connections.values()].filter(({ open }) => open);
  }

  add(socket: WebSocket, connection: Connection): void {
    const { session } = connection.record;
    this.#connections.set(socket, connection);
    if (session !== undefined) this.#sessions.set(session, socket);
    this.#count(connection, 1);
  }

  delete(socket: WebSocket): void {
    const connection = this.#connections.get(socket);
    if (!this.#connections.delete(socket) || !connection) return;
    this.#sessions.delete(connection.record.session ?? '');
    this.#count(connection, -1);
  }

  /** Lets the runtime answer pings, where nobody is there who must not get that. */
  answerPings(): void {
    answerPings(this.#ctx, this.#verbatim === 0);
  }

  #count({ record }: Connection, by: 1 | -1): void {
    if (!isVerbatim(record)) return;
    const before = this.#verbatim;
    this.#verbatim += by;
    // It costs something to say, and nothing changes between.
    if (before === 0 || this.#verbatim === 0) this.answerPings();
  }
}
