import type { Permission, TokenFault, TokenStatement } from '../config/auth.ts';
import type { Connection } from './connection.ts';

export type { ClientSocket, Message } from '../util/client-socket.ts';

/** How a connection ended. */
export interface Ending {
  /** Of the Close frame, ours or the client's: 1005 where it had none, 1006 where there was no such frame. */
  code: number;
  reason: string;
  /** Whether there was one. */
  wasClean: boolean;
}

/** The end of a connection that just broke. */
export const BROKEN: Ending = { code: 1006, reason: '', wasClean: false };

/** What the Hub asks of the world around it. */
export interface HubPort {
  /** The room's name, as the router writes it. */
  readonly room: string;
  /** Keeps a connection's record, as it is now, for after the room slept. */
  remember(connection: Connection): void;
  /** Told of each membership that has ended, before its connection is closed. */
  left(connection: Connection, ending: Ending): void;
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
