import type { Permission, TokenFault, TokenStatement } from '../config/auth.ts';
import type { Connection } from './connection.ts';

/** What goes over a socket: text stays text and binary stays binary. */
export type Message = string | ArrayBuffer;

/** One client's socket, as far as a room uses it. The runtime's own WebSocket is one. */
export interface ClientSocket {
  /** Hands a message over to be written. Never waits; throws once the socket was closed from our side. */
  send(message: Message): void;
  /** Starts the closing handshake. Throws for codes that may not be sent, so those come from `DISCONNECTS`. */
  close(code?: number, reason?: string): void;
  /** Bytes handed over that are not written yet; missing on runtimes that can't tell. */
  readonly bufferedAmount?: number;
}

/** What the Hub asks of the world around it. */
export interface HubPort {
  /** The room's name, as the router writes it. */
  readonly room: string;
  /** Keeps a connection's record, as it is now, for after the room slept. */
  remember(connection: Connection): void;
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `task` in another turn of the event loop, after what has arrived by then had its turn. Never at once. */
  nextTurn(task: () => void): void;
  /** Asks for `Hub.wake` at that time (milliseconds since 1970) or soon after, even if the room sleeps by then. */
  wakeAt(time: number): void;
}

/** Checks the tokens that members show. */
export interface TokenVerifier {
  /** Whether a member of whom the edge does not know who it is has to show one. */
  readonly required: boolean;
  /** What a connection token allows that does not say so itself. */
  readonly permissions: readonly Permission[];
  verify(token: string): Promise<TokenStatement | TokenFault>;
}
