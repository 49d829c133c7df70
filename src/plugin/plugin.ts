import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Identity } from '../config/auth.ts';
import { copyState } from './state.ts';

/** What goes over a WebSocket: text stays text and binary stays binary. */
export type Message = string | ArrayBuffer;

/** One client of a plug-in. */
export interface PluginConnection<State = unknown> {
  readonly id: string;
  /** Who it is; null for somebody who did not have to say. */
  readonly identity: Identity | null;
  /** The subprotocol that was chosen; null for none. */
  readonly subprotocol: string | null;
  /** What `onConnect` named it by. */
  readonly tags: readonly string[];
  /**
   * What the plug-in keeps of it: what JSON can say, 4 KiB at most. It survives hibernation, and is kept when it is assigned,
   * as a copy: to change something within it is not enough.
   *
   * @throws RangeError where it is larger, TypeError where JSON can not say it
   */
  state: State;
  /** Sends a message, whose bytes must not be changed afterwards. Nothing happens where the connection has ended. */
  send(message: Message | Uint8Array): void;
  /**
   * Ends the connection.
   *
   * @param code 1000, or 3000 to 4999. @default 1000
   * @param reason at most 123 bytes of UTF-8; what is more is cut off
   * @throws RangeError for another code
   */
  close(code?: number, reason?: string): void;
}

/** The room that a plug-in runs in. */
export interface PluginRoom<State = unknown> {
  /** As the router writes it. */
  readonly name: string;
  /** The plug-in's connections, or those with a tag, in the order in which they came. */
  connections(tag?: string): PluginConnection<State>[];
  /**
   * Sends a message to all of them, or to those with a tag, in one order for all. A big audience is written to in short runs,
   * so what is sent to one connection, or by a tag, may be there before; and bytes must not be changed afterwards.
   */
  broadcast(message: Message | Uint8Array, options?: { except?: PluginConnection<State>; tag?: string }): void;
  /**
   * Publishes on a channel of the room, for those who are subscribed by one of its protocols: text, bytes, or what JSON can say.
   * Resolves when it is kept, where the channel keeps a history.
   *
   * @throws Error where the room can have no such channel, or it could not be kept
   */
  publish(channel: string, data: unknown): Promise<void>;
  readonly storage: PluginStorage;
  readonly alarm: PluginAlarm;
}

/** What a plug-in keeps in its room's embedded SQLite. Writes that one event makes are kept together. */
export interface PluginStorage {
  /** The room's own tables are in the same database: a query that names one is an error (docs/plugins.md has the list). */
  readonly sql: PluginSql;
  readonly kv: PluginKeyValues;
}

export type SqlValue = string | number | null | ArrayBuffer;

export interface PluginSql {
  exec<Row extends Record<string, SqlValue>>(query: string, ...bindings: unknown[]): PluginRows<Row>;
}

export interface PluginRows<Row> extends Iterable<Row> {
  toArray(): Row[];
  /** @throws Error where there is not exactly one */
  one(): Row;
}

/** Values by key, each whatever structured cloning takes. */
export interface PluginKeyValues {
  get<Value>(key: string): Value | undefined;
  put(key: string, value: unknown): void;
  delete(key: string): boolean;
}

/** One time at which `onAlarm` is called, also when the room sleeps by then. */
export interface PluginAlarm {
  /** Milliseconds since 1970; null where none is set. */
  readonly time: number | null;
  /** Sets it, in place of the one before: milliseconds since 1970, or null for none. */
  set(time: number | null): void;
}

/** An upgrade that is still HTTP. */
export interface PluginUpgrade {
  readonly url: URL;
  readonly headers: Headers;
  /** The subprotocols that were offered, in the client's order. */
  readonly offered: readonly string[];
}

/** How an upgrade goes on. */
export interface PluginOpening {
  /** One of those that were offered. @default what the route's `protocols` chose, if it has any */
  subprotocol?: string;
  /** What the 101 is to say beside. */
  headers?: HeadersInit;
  /** What to find the connection by. */
  tags?: readonly string[];
}

/** Somebody in the room, by whatever protocol. */
export interface PluginMember {
  readonly id: string;
  readonly identity: Identity | null;
}

/** What a member wants to publish. */
export interface PluginPublication {
  readonly channel: string;
  /** What JSON said, or a message as it came. */
  readonly data: unknown;
  readonly publisher: PluginMember;
}

/** How a connection ended. */
export interface PluginEnding {
  /** Of the Close frame: 1005 where it had no code, 1006 where there was none. */
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/**
 * An application within a room. Hooks are called in the room's object, those of one connection one after the other; all may
 * be asynchronous but `onPublish`. docs/plugins.md says what it costs where one of them throws.
 */
export interface PluginDefinition<State, Input> {
  /** What the route table calls it: letters, digits and hyphens. */
  name: string;
  /** What `state` is for a new connection. @default null */
  state?: State;
  /**
   * What messages have to be: any Standard Schema (https://standardschema.dev). With it, messages are text in JSON, and
   * `onMessage` gets what the schema makes of them. A client whose message is not that gets `{"error":…}` for it.
   */
  message?: StandardSchemaV1<unknown, Input>;
  /** Decides over a connection while it is still HTTP: a `Response` refuses it, and is what the client gets. */
  onConnect?(
    connection: PluginConnection<State>,
    upgrade: PluginUpgrade,
    room: PluginRoom<State>,
  ): PluginOpening | Response | undefined | Promise<PluginOpening | Response | undefined>;
  /** Takes a whole message. The next one of the connection waits for it. */
  onMessage(connection: PluginConnection<State>, message: Input, room: PluginRoom<State>): unknown;
  /**
   * Called once for each connection that `onConnect` let in, whatever ended it, after what came on it before. Only where the
   * machine went down, or a deploy took the room with it, nobody is left to tell: `room.connections()` is right then too.
   */
  onClose?(connection: PluginConnection<State>, ending: PluginEnding, room: PluginRoom<State>): unknown;
  /** Called when the alarm is due, at least once: anew where the machine went down meanwhile. */
  onAlarm?(room: PluginRoom<State>): unknown;
  /** Answers a request to the route's path that is no upgrade. */
  onRequest?(request: Request, room: PluginRoom<State>, identity: Identity | null): Response | Promise<Response>;
  /** Looks at what members publish by the room's other protocols. `false` refuses it. */
  onPublish?(publication: PluginPublication, room: PluginRoom<State>): boolean | undefined;
  /** Answers a call of a Centrifugo client with anything that JSON can say. To refuse it, throw an `RpcError`. */
  onRpc?(member: PluginMember, call: { method: string; data: unknown }, room: PluginRoom<State>): unknown;
  /** Takes what a Centrifugo client sends without wanting a reply. */
  onSend?(member: PluginMember, data: unknown, room: PluginRoom<State>): unknown;
}

/** A plug-in, whatever it keeps and takes. */
export type Plugin = PluginDefinition<unknown, unknown>;

/** Thrown by `onRpc` to answer a call with an error. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: number;

  /**
   * @param code 400 to 1999, as https://centrifugal.dev/docs/server/codes has it for applications
   * @throws RangeError for another one
   */
  constructor(code: number, message: string) {
    super(message);
    if (!(code >= 400 && code <= 1999)) throw new RangeError(`The code of an RpcError is 400 to 1999, not ${code}`);
    this.code = code;
  }
}

/**
 * Defines a plug-in. Its types follow from `state` and `message`.
 *
 * @throws TypeError for a name that is more than that, or a `state` that JSON can not say; RangeError for one that is too large
 */
export function definePlugin<State = null, Input = Message>(definition: PluginDefinition<State, Input>): Plugin {
  if (!/^[A-Za-z0-9-]+$/.test(definition.name)) {
    throw new TypeError(`The name of a plug-in is made of letters, digits and hyphens: "${definition.name}" is not`);
  }
  copyState(definition.state ?? null);
  return definition as Plugin;
}
