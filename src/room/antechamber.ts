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

/** Sends a message to a member, or lets it wait for one to be. Nothing happens where the connection has ended. */
export function sendOrWait(hub: Hub, connection: Connection, message: Message | Uint8Array): void {
  if (connection.open) hub.send(connection, message);
  else if (connection.socket instanceof Antechamber) connection.socket.send(message);
}

/** Closes the connection of a member, or of one to be once it is in. Nothing happens where it has ended. */
export function closeOrWait(hub: Hub, connection: Connection, close: CloseArguments): void {
  if (connection.open) hub.close(connection, close);
  else if (connection.socket instanceof Antechamber) connection.socket.close(...close);
}
