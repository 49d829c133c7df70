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
 * Hands an upgrade over to the room of that name, and its answer back to the client. The sockets are coupled by the runtime,
 * so no code runs here per message.
 *
 * The request is made anew: nothing of what the client sent reaches the room except what the edge let through, unless an
 * application behind the room is to see it as it came (`asked`).
 */
export function openRoom(
  rooms: Rooms,
  name: string,
  entry: Entry,
  settings: string,
  asked: Request | null = null,
): Promise<Response> {
  const headers = withEntry(asked?.headers, entry, settings);
  // What the runtime says for itself of the hop from here to the room.
  for (const header of HANDSHAKE) headers.delete(header);
  headers.set('Upgrade', 'websocket');
  return askRoom(rooms, name, new Request(asked?.url ?? 'https://room/', { headers }));
}

const HANDSHAKE = ['Connection', 'Sec-WebSocket-Key', 'Sec-WebSocket-Version', 'Sec-WebSocket-Extensions'];

/** Hands a request that is no upgrade over to what stands behind a room, and its answer back. */
export function requestRoom(
  rooms: Rooms,
  name: string,
  entry: Entry,
  settings: string,
  request: Request,
): Promise<Response> {
  const headers = withEntry(request.headers, entry, settings);
  // It may offer a protocol that nobody takes, and the runtime would not carry that to the room.
  headers.delete('Upgrade');
  return askRoom(rooms, name, new Request(request, { headers }));
}

/** Headers of a client with what the edge tells: nobody else can, since what was there by these names is overwritten. */
function withEntry(headers: Headers | undefined, entry: Entry, settings: string): Headers {
  const told = new Headers(headers);
  told.set(ENTRY_HEADER, encodeURIComponent(JSON.stringify(entry)));
  told.set(SETTINGS_HEADER, settings);
  return told;
}

async function askRoom(rooms: Rooms, name: string, request: Request): Promise<Response> {
  try {
    return await rooms.getByName(name).fetch(request);
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

/** A client's request as it came to the edge, without what the edge told beside it. */
export function withoutEntry(request: Request): Request {
  const headers = new Headers(request.headers);
  for (const header of [ENTRY_HEADER, SETTINGS_HEADER]) headers.delete(header);
  return new Request(request, { headers });
}

/** What a room's settings are written as on their way to the room: JSON in ASCII, the same text for the same settings. */
export function settingsText({ namespaces, tokens, application }: RoomSettings): string {
  const json = JSON.stringify({ namespaces, tokens, application } satisfies RoomSettings);
  return json.replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function readSettings(request: Request): string {
  return request.headers.get(SETTINGS_HEADER) ?? '';
}
