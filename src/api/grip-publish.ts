import type { ResolvedRoom } from '../config/config.ts';
import { mayPublish } from '../grip/signature.ts';
import { refuse } from '../upgrade/reject.ts';
import { readText } from '../util/read-text.ts';
import type { ApiPort } from './api.ts';
import { MAX_BODY_BYTES } from './server-api.ts';

/**
 * Hands what a GRIP application server publishes to its room, if it shows one of the keys: `POST …/publish`, as Pushpin has it
 * (https://pushpin.org/docs/protocols/grip/, "Control Service").
 */
export async function passPublish(
  { grip }: ResolvedRoom,
  request: Request,
  { secret }: Pick<ApiPort, 'secret'>,
  pass: (request: Request) => Promise<Response>,
): Promise<Response> {
  if (request.method !== 'POST') return refuse('ERR_METHOD_NOT_ALLOWED', { Allow: 'POST' });
  const authorization = request.headers.get('Authorization');
  const keys = secret(grip?.publish ?? '');
  if (!(await mayPublish(authorization, null, keys, Date.now())))
    return refuse('ERR_API_KEY', { 'WWW-Authenticate': 'Bearer' });
  const body = await readText(request.body, MAX_BODY_BYTES);
  if (body === null) return refuse('ERR_API_BODY_TOO_LARGE');
  return pass(new Request('https://room/', { method: 'POST', body }));
}
