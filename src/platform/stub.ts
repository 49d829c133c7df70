import { Rejected } from '../config/errors.ts';
import type { Admission } from '../room/connection.ts';
import { toResponse } from '../upgrade/reject.ts';

/** Carries an `Admission` from the edge to the room. Only the edge can reach a room, so the room trusts it. */
const ADMISSION_HEADER = 'Signalbox-Admission';

/**
 * Hands an upgrade over to the room of that name, and its answer back to the client.
 *
 * The request is made anew: nothing of what the client sent reaches the room except what the edge let through. The
 * sockets are coupled by the runtime, so no code runs here per message.
 */
export async function openRoom(rooms: DurableObjectNamespace, name: string, admission: Admission): Promise<Response> {
  const headers = { Upgrade: 'websocket', [ADMISSION_HEADER]: encodeURIComponent(JSON.stringify(admission)) };
  try {
    return await rooms.getByName(name).fetch('https://room/', { headers });
  } catch (error) {
    console.error(`Room ${name} did not answer:`, error);
    return toResponse(new Rejected('ERR_ROOM_UNAVAILABLE', { 'Retry-After': '1' }));
  }
}

/** What the edge decided about the connection that a request to a room asks for. */
export function readAdmission(request: Request): Admission {
  return JSON.parse(decodeURIComponent(request.headers.get(ADMISSION_HEADER) ?? '')) as Admission;
}
