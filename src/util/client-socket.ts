/** What goes over a WebSocket: text stays text and binary stays binary. */
export type Message = string | ArrayBuffer;

/** One client's socket, as far as it is used. The runtime's own WebSocket is one. */
export interface ClientSocket {
  /** Takes a copy of a message, to be written. Never waits; throws once the socket was closed from our side. */
  send(message: Message | Uint8Array): void;
  /** Starts the closing handshake. Throws for codes that may not be sent, so those come from `DISCONNECTS`. */
  close(code?: number, reason?: string): void;
  /** Bytes handed over that are not written yet; missing on runtimes that can't tell. */
  readonly bufferedAmount?: number;
}
