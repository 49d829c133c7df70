import type { Identity } from '../config/auth.ts';
import type { SpokenProtocol } from '../config/config.ts';
import { type Limits, MAX_SUBSCRIPTION_BYTES } from '../config/limits.ts';
import type { Grants } from '../config/permissions.ts';
import type { Role } from '../config/sp-roles.ts';
import { utf8Length } from '../util/text.ts';
import { fullBucket, type TokenBucket } from '../util/token-bucket.ts';
import type { ClientSocket } from './ports.ts';

export type ConnectionId = string;

/** What the edge decided about a connection before it reached the room. It holds for the connection's whole life. */
export interface Admission {
  protocol: SpokenProtocol;
  /** The subprotocol to name in the 101; null for none. */
  subprotocol: string | null;
  /** Whether the connection gets back what it sends. */
  echo: boolean;
  limits: Limits;
  /** Null for somebody who did not have to say. */
  identity: Identity | null;
  grants: Grants;
  /** When the connection ends, in milliseconds since 1970; null for no end. */
  expiresAt: number | null;
  /** What stands for the client's address where addresses are counted; null where the runtime does not tell it. */
  address: string | null;
  /** The secret by which its messages come in requests of their own; only where it gets a stream and has no socket. */
  session?: string;
  /** What an SP peer is; only where it is one. */
  role?: Role;
  /** How a request is held open; only where it is one. */
  hold?: HoldRecord;
}

/** A request over HTTP that is held open for what an application server publishes. */
export interface HoldRecord {
  /** Until one thing is published, or for a stream of them. */
  mode: 'response' | 'stream';
  channels: readonly string[];
}

/** What is kept of a connection while its room sleeps: the socket's attachment, 16,384 bytes at most. */
export interface ConnectionRecord extends Admission {
  version: typeof RECORD_VERSION;
  id: ConnectionId;
  /** The channels that it subscribed to by itself. */
  subscriptions: SubscriptionRecord[];
  /** Whether it has said hello, where its protocol asks for that. */
  greeted: boolean;
  /** Milliseconds since 1970. */
  connectedAt: number;
  /** Its places among the room's SP peers; only where it has one. */
  pipes?: readonly PipeRecord[];
  /** What the application behind the room knows it by; only where it named something. */
  tags?: readonly string[];
  /** What the application keeps of it. Plain JSON. */
  state?: unknown;
}

/** What is kept of a place among the SP peers. */
export interface PipeRecord {
  /** What answers find their way back by. */
  id: number;
  role: Role;
  /** Higher than that of whoever was there when it came: many come within one millisecond. */
  order: number;
}

/** What an operator gets to see of a connection. */
export interface ConnectionInfo
  extends Pick<ConnectionRecord, 'id' | 'protocol' | 'connectedAt' | 'expiresAt' | 'address'> {
  userId: string | null;
}

/** What is kept of a subscription. */
export interface SubscriptionRecord {
  channel: string;
  /** Whether it is told of those who come and go. */
  joinLeave: boolean;
  /** Whether it gets what changed, rather than whole publications. */
  delta?: true;
  /** Whether the server put it there, so that it can't leave by itself. */
  serverSide?: true;
  /** When it ends, in milliseconds since 1970; missing for no end. */
  expiresAt?: number;
  /** What others get to know of the member on this channel. Plain JSON. */
  info?: unknown;
}

/** Raised when the record changes: a socket that slept through a deploy may carry an older one. */
export const RECORD_VERSION = 1;

/** One accepted client socket. */
export interface Connection {
  readonly record: ConnectionRecord;
  /** Changes once where an application decides about the connection before it is let in. */
  socket: ClientSocket;
  /** The channels that it is on, by name. A cache, as all but the record is. */
  readonly channels: Set<string>;
  /** What its protocol is still doing for it; null for nothing. Does not survive hibernation. */
  busy: Promise<void> | null;
  /** Whether it is a member of the room. Does not survive hibernation: only members are restored. */
  open: boolean;
  /** Whether it was one before the room slept, so that nobody is to be told that it came. */
  isRestored: boolean;
  /** Messages it may still send. Does not survive hibernation: by then it has filled up (see `Limits.messageBurst`). */
  readonly messages: TokenBucket;
  /** Bytes it may still send. Does not survive hibernation either, for the same reason. */
  readonly bytes: TokenBucket;
}

export function createConnection(socket: ClientSocket, record: ConnectionRecord): Connection {
  const { messageBurst, bytesPerSecond } = record.limits;
  return {
    record,
    socket,
    channels: new Set(),
    busy: null,
    open: false,
    isRestored: false,
    messages: fullBucket(messageBurst, 0),
    bytes: fullBucket(10 * bytesPerSecond, 0),
  };
}

export function createRecord(admission: Admission, id: ConnectionId, now: number): ConnectionRecord {
  return { ...admission, version: RECORD_VERSION, id, subscriptions: [], greeted: false, connectedAt: now };
}

/** The record in an attachment that this version wrote, or null. */
export function parseRecord(attachment: unknown): ConnectionRecord | null {
  const record = attachment as ConnectionRecord | null | undefined;
  return record?.version === RECORD_VERSION ? record : null;
}

/** When the connection or one of its subscriptions ends: milliseconds since 1970. */
export function expiriesOf({ expiresAt, subscriptions }: ConnectionRecord): number[] {
  return [expiresAt ?? [], ...subscriptions.map((subscription) => subscription.expiresAt ?? [])].flat();
}

/** Whether what is known of the channels of a connection can be kept of it while its room sleeps. */
export function fitsRecord(subscriptions: readonly unknown[]): boolean {
  return utf8Length(JSON.stringify(subscriptions)) <= MAX_SUBSCRIPTION_BYTES;
}

export function subscriptionOf({ record }: Connection, name: string): SubscriptionRecord | null {
  return record.subscriptions.find(({ channel }) => channel === name) ?? null;
}

export function describe({
  id,
  identity,
  protocol,
  connectedAt,
  expiresAt,
  address,
}: ConnectionRecord): ConnectionInfo {
  return { id, userId: identity?.userId || null, protocol, connectedAt, expiresAt, address };
}
