import type { ResolvedRoom } from '../config/config.ts';
import { settingsText } from '../platform/stub.ts';
import { refuse } from '../upgrade/reject.ts';
import { parseJson } from '../util/json.ts';
import { isKeyOf } from '../util/keys.ts';
import { readText } from '../util/read-text.ts';
import type { ApiPort } from './api.ts';

/** What one call may carry: the largest message that a client may send by default, and what is around it. */
export const MAX_BODY_BYTES = 1024 * 1024 + 64 * 1024;

/**
 * Answers a call of a room's server API, Centrifugo's: `POST …/api/publish` and its siblings, with a key in `X-API-Key` or in
 * `Authorization: apikey`. `call` is what stands behind `/api/`.
 */
export async function answerServerApi(
  room: string,
  target: ResolvedRoom,
  call: string,
  request: Request,
  port: ApiPort,
): Promise<Response> {
  const key = keyIn(request.headers);
  if (key === null || !(await isKeyOf(port.secret(target.api ?? ''), key)))
    return refuse('ERR_API_KEY', { 'WWW-Authenticate': 'apikey' });
  if (request.method !== 'POST') return refuse('ERR_METHOD_NOT_ALLOWED', { Allow: 'POST' });
  const body = await readText(request.body, MAX_BODY_BYTES);
  if (body === null) return refuse('ERR_API_BODY_TOO_LARGE');
  if (parseJson(body) === undefined) return refuse('ERR_API_REQUEST');
  const reply = await port.rooms.getByName(room).callServerApi(settingsText(target), call, body);
  return new Response(reply, { headers: { 'Content-Type': 'application/json' } });
}

function keyIn(headers: Headers): string | null {
  return headers.get('X-API-Key') ?? /^apikey +(\S+) *$/i.exec(headers.get('Authorization') ?? '')?.[1] ?? null;
}
