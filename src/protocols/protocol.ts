import type { SpokenProtocol } from '../config/config.ts';
import type { Encoder, Encoders } from '../room/channel.ts';
import type { Connection } from '../room/connection.ts';
import type { Hub } from '../room/hub.ts';
import type { Message } from '../room/ports.ts';
import { application } from './application.ts';
import { centrifugo } from './centrifugo/centrifugo.ts';
import { held } from './held.ts';
import { raw } from './raw/raw.ts';
import { SP_ENCODERS, spProtocols } from './sp/sp.ts';
import type { SpRoom } from './sp/sp-room.ts';
import { sse } from './sse/sse.ts';

/**
 * How clients of one kind talk in a room. It keeps nothing between two calls: what it must remember of a connection
 * stands in the connection's record.
 */
export interface RoomProtocol extends Encoder {
  /** Does what a connection expects that has just become a member, also when it is restored after the room slept. */
  enter?(hub: Hub, connection: Connection): void;
  /**
   * Turns one whole message of a member, within its limits, into calls on the Hub. The next one comes when a promise
   * that is given back is settled. A throw or a rejection costs this connection (1011) and nobody else.
   */
  receive(hub: Hub, connection: Connection, message: Message): void | Promise<void>;
}

/** Those that need nothing but the Hub. */
export const PROTOCOLS = { raw, centrifugo, sse, application, held } satisfies Partial<
  Record<SpokenProtocol, RoomProtocol>
>;

/** How each protocol writes what is published. */
export const ENCODERS: Encoders = { ...PROTOCOLS, ...SP_ENCODERS };

/** All that is spoken in a room, whose SP peers come together in `sp`. */
export function createProtocols(sp: SpRoom): Record<SpokenProtocol, RoomProtocol> {
  return { ...PROTOCOLS, ...spProtocols(sp) };
}
