import type { ClientSocket, Message } from './ports.ts';

/** Stands in for the socket of a client that is not let in yet: what is sent to it waits, and so does its close. */
export class Antechamber implements ClientSocket {
  #waiting: ((socket: ClientSocket) => void)[] = [];

  send(message: Message | Uint8Array): void {
    this.#waiting.push((socket) => socket.send(message));
  }

  close(code?: number, reason?: string): void {
    this.#waiting.push((socket) => socket.close(code, reason));
  }

  /** Hands over what waits, in its order. */
  leaveTo(socket: ClientSocket): void {
    for (const task of this.#waiting) task(socket);
    this.#waiting = [];
  }
}
