import type { CloseArguments } from '../util/close.ts';
import type { Connection } from './connection.ts';
import type { Hub } from './hub.ts';
import type { ClientSocket, Message } from './ports.ts';

/** Stands in for the socket of a client that is not let in yet: what is sent to it waits, and so does its close. */
export class Antechamber implements ClientSocket {
  readonly #messages: (Message | Uint8Array)[] = [];
  #close: CloseArguments | null = null;

  send(message: Message | Uint8Array): void {
    if (this.#close === null) this.#messages.push(message);
  }

  close(...close: CloseArguments): void {
    this.#close ??= close;
  }

  /** Hands over what waits to the member that it has become, in its order. */
  empty(hub: Hub, connection: Connection): void {
    for (const message of this.#messages) hub.send(connection, message);
    if (this.#close) hub.close(connection, this.#close);
  }
}
