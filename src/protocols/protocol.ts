import type { RoomProtocolName } from '../config/config.ts';
import type { Connection } from '../room/connection.ts';
import type { Encode, Hub } from '../room/hub.ts';
import type { Message } from '../room/ports.ts';
import { raw } from './raw/raw.ts';

/**
 * How clients of one kind talk in a room. It keeps nothing between two calls: what it must remember of a connection
 * stands in the connection's record.
 */
export interface RoomProtocol {
  /**
   * Turns one whole message of a member, within its limits, into calls on the Hub.
   * A throw costs this connection (1011) and nobody else.
   */
  receive(hub: Hub, connection: Connection, message: Message): void;
  /** Makes the frame in which this protocol's members get a publication. */
  readonly encode: Encode;
}

export const PROTOCOLS: Record<RoomProtocolName, RoomProtocol> = { raw };

/** What each protocol makes of a publication. */
export const ENCODERS: Record<RoomProtocolName, Encode> = { raw: raw.encode };
