import type { Identity } from '../config/auth.ts';
import type { Connection } from './connection.ts';
import type { Ending, Message } from './ports.ts';
import type { Draft } from './publication.ts';

/**
 * What stands behind a room and has a say in it, beside its members: a plug-in, an application server, an origin. It knows
 * the Hub, and nothing of the runtime.
 */
export interface Application {
  /**
   * Decides over an upgrade to the application itself while it is still HTTP: how to go on with it, or the answer that its
   * client gets instead. What is sent on the connection by then arrives right after the 101. A throw or rejection is
   * answered with 500.
   */
  open?(connection: Connection, request: Request): Promise<Opening | Response>;
  /** Takes a connection that it let in, once it is a member; also when it is restored after the room slept. */
  enter?(connection: Connection): void;
  /** As `RoomProtocol.receive`, for the application's own connections. */
  receive?(connection: Connection, message: Message): void | Promise<void>;
  /** Told once of each of its own connections that has ended, after what came before on it is done. */
  left?(connection: Connection, ending: Ending): void | Promise<void>;
  /** Told of each member, its own connections or not, that has come; or, where it is not new, was there before the room slept. */
  memberJoined?(connection: Connection, isNew: boolean): void;
  /** Told of each that has gone, once it is no member any more. */
  memberLeft?(connection: Connection): void;
  /** Looks at what a member may publish, before anybody gets it. Does not throw. */
  judge?(connection: Connection, channel: string, draft: Draft): Verdict;
  /** Answers a call of a Centrifugo client; null where there is nobody to answer it. */
  rpc?(connection: Connection, method: string, data: unknown): Promise<RpcReply> | null;
  /** Takes what a Centrifugo client sends without wanting a reply. */
  send?(connection: Connection, data: unknown): void | Promise<void>;
  /** Answers a request that is no upgrade. */
  answer?(request: Request, identity: Identity | null): Promise<Response>;
  /** Does what is due by now, and asks for the next time. */
  wake?(): void | Promise<void>;
  /** Something else, or nothing, stands behind the room from now on. */
  end?(): void;
}

/**
 * `taken`: it is not published, but its publisher is told that it was. `busy`: it can't be taken now, but perhaps later.
 */
export type Verdict = 'publish' | 'refuse' | 'taken' | 'busy';

/** What a call is answered with: anything that JSON can say, or an error with a number of the application's own. */
export type RpcReply = { data: unknown } | { error: { code: number; message: string } } | 'failed';

/** How to go on with an upgrade. */
export interface Opening {
  /** The subprotocol to name in the 101, one that was offered; null for none. */
  subprotocol: string | null;
  /** What else the 101 is to say. */
  headers: Headers;
}
