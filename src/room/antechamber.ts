import type { Disconnect } from '../config/disconnects.ts';
import type { Connection } from './connection.ts';
import type { Hub } from './hub.ts';
import type { ClientSocket, Message } from './ports.ts';

/** Stands in for the socket of a client that is not let in yet: what is sent to it waits, and so does its close. */
export class Antechamber implements ClientSocket {
  readonly #messages: (Message | Uint8Array)[] = [];
  #disconnect: Disconnect | null = null;

  send(message: Message | Uint8Array): void {
    if (this.#disconnect === null) this.#messages.push(message);
  }

  close(code = 1000, reason = ''): void {
    this.#disconnect ??= { code, reason, reconnect: false };
  }

  /** Hands over what waits to the member that it has become, in its order. */
  empty(hub: Hub, connection: Connection): void {
    for (const message of this.#messages) hub.send(connection, message);
    if (this.#disconnect) hub.disconnect(connection, this.#disconnect);
  }
}
