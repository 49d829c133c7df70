import type { RoomSettings } from '../config/config.ts';
import type { Disconnect } from '../config/disconnects.ts';
import type { Emulated } from '../protocols/centrifugo/emulation.ts';
import type { Admission, ConnectionInfo } from '../room/connection.ts';
import type { Who } from '../room/members.ts';
import { refuse } from '../upgrade/reject.ts';

/** Carry what the edge tells a room. Only the edge can reach a room, so the room trusts it. */
const ENTRY_HEADER = 'Signalbox-Entry';
const SETTINGS_HEADER = 'Signalbox-Settings';

/** What the edge tells a room of somebody who wants in. */
export interface Entry {
  admission: Admission;
  /** A ticket that opens one connection only: its id, and until when it could be used (milliseconds since 1970). */
  once: { id: string; until: number } | null;
}

/** What else the edge may ask of a room. */
export interface RoomRpc extends Rpc.DurableObjectBranded {
  /** Who is connected. */
  list(): ConnectionInfo[];
  /** Disconnects a user or a connection; how many connections that were. */
  disconnect(who: Who, disconnect: Disconnect): number;
  /** Takes a message of the connection of that session; false where the room has none. */
  emulate(session: string, message: string): Promise<boolean>;
  /** Does a call of the server API. Parameters and reply are JSON; the settings are as `settingsText` writes them. */
  callServerApi(settings: string, method: string, params: string): Promise<string>;
}

/** The rooms of a deployment. */
export type Rooms = DurableObjectNamespace<RoomRpc>;

/**
 * Hands an upgrade over to the room of that name, and its answer back to the client.
 *
 * The request is made anew: nothing of what the client sent reaches the room except what the edge let through. The
 * sockets are coupled by the runtime, so no code runs here per message.
 */
export async function openRoom(rooms: Rooms, name: string, entry: Entry, settings: string): Promise<Response> {
  const headers = {
    Upgrade: 'websocket',
    [ENTRY_HEADER]: encodeURIComponent(JSON.stringify(entry)),
    [SETTINGS_HEADER]: settings,
  };
  try {
    return await rooms.getByName(name).fetch('https://room/', { headers });
  } catch (error) {
    console.error(`Room ${name} did not answer:`, error);
    return refuse('ERR_ROOM_UNAVAILABLE', { 'Retry-After': '1' });
  }
}

/** Hands a message of a session over to its room: whether it is there; null where the room could not be reached. */
export async function emulate(rooms: Rooms, name: string, { session, data }: Emulated): Promise<boolean | null> {
  try {
    return await rooms.getByName(name).emulate(session, data);
  } catch (error) {
    console.error(`Room ${name} did not answer:`, error);
    return null;
  }
}

/** What the edge tells of the connection that a request to a room asks for. */
export function readEntry(request: Request): Entry {
  return JSON.parse(decodeURIComponent(request.headers.get(ENTRY_HEADER) ?? '')) as Entry;
}

/** What a room's settings are written as on their way to the room: JSON in ASCII, the same text for the same settings. */
export function settingsText({ namespaces, tokens }: RoomSettings): string {
  const json = JSON.stringify({ namespaces, tokens } satisfies RoomSettings);
  return json.replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function readSettings(request: Request): string {
  return request.headers.get(SETTINGS_HEADER) ?? '';
}
