import type { RoomProtocolName } from '../config/config.ts';
import type { Limits } from '../config/limits.ts';
import type { TokenBucket } from '../util/token-bucket.ts';
import type { ClientSocket } from './ports.ts';

export type ConnectionId = string;

/** What the edge decided about a connection before it reached the room. It holds for the connection's whole life. */
export interface Admission {
  protocol: RoomProtocolName;
  /** The subprotocol to name in the 101; null for none. */
  subprotocol: string | null;
  /** Whether the connection gets back what it sends. */
  echo: boolean;
  limits: Limits;
}

/** What is kept of a connection while its room sleeps: the socket's attachment, 16,384 bytes at most. */
export interface ConnectionRecord extends Admission {
  version: typeof RECORD_VERSION;
  id: ConnectionId;
}

/** Raised when the record changes: a socket that slept through a deploy may carry an older one. */
export const RECORD_VERSION = 1;

/** One accepted client socket. */
export interface Connection {
  readonly record: ConnectionRecord;
  readonly socket: ClientSocket;
  /** Whether it is a member of the room. Does not survive hibernation: only members are restored. */
  open: boolean;
  /** Messages it may still send. Does not survive hibernation: by then it has filled up (see `Limits.messageBurst`). */
  readonly bucket: TokenBucket;
}

export function createConnection(socket: ClientSocket, record: ConnectionRecord): Connection {
  return { record, socket, open: false, bucket: { tokens: record.limits.messageBurst, at: 0 } };
}

/** The record in an attachment that this version wrote, or null. */
export function parseRecord(attachment: unknown): ConnectionRecord | null {
  const record = attachment as ConnectionRecord | null | undefined;
  return record?.version === RECORD_VERSION ? record : null;
}
