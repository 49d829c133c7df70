import type { ResolvedAuth } from '../config/auth.ts';
import { Rejected } from '../config/errors.ts';
import { setForwarded } from '../util/forwarded.ts';
import { withoutHopByHop } from '../util/hop-by-hop.ts';
import { hideInReferer, withoutQueryCredentials } from './credential.ts';
import { type Pass, toPass } from './pass.ts';
import type { AuthPort } from './ports.ts';

type ResolvedForward = Extract<ResolvedAuth, { kind: 'forward' }>;

/** What the origin is asked about. */
interface Question {
  request: Request;
  /** What the client showed to prove who it is; null for nothing. */
  credential: string | null;
  /** Its address; null where the runtime does not tell. */
  address: string | null;
}

/**
 * Asks an origin whether a client may in. What it says to a client that may not, the client gets as it is.
 *
 * The question names the request that it is about in `X-Forwarded-*`, as other proxies do that ask an origin.
 */
export async function askOrigin(
  auth: ResolvedForward,
  question: Question,
  port: AuthPort,
): Promise<Pass | Rejected | Response> {
  const answer = await ask(auth, question, port);
  if (answer instanceof Rejected) return answer;
  if (answer.status === 401 || answer.status === 403) return withoutHopByHop(answer);
  await answer.body?.cancel().catch(() => {});
  if (answer.ok) return passOf(answer.headers, auth);
  console.error(`The origin that was asked about a client answered ${answer.status}`);
  return new Rejected('ERR_AUTH_ORIGIN_FAILED');
}

async function ask(auth: ResolvedForward, question: Question, port: AuthPort): Promise<Response | Rejected> {
  try {
    return await port.fetch(auth.url, {
      method: auth.method,
      headers: questionHeaders(auth, question),
      redirect: 'manual',
      signal: AbortSignal.timeout(auth.timeoutMs),
    });
  } catch (error) {
    console.error('The origin that was asked about a client did not answer:', error);
    const late = error instanceof Error && error.name === 'TimeoutError';
    return new Rejected(late ? 'ERR_AUTH_ORIGIN_TIMEOUT' : 'ERR_AUTH_ORIGIN_FAILED');
  }
}

function questionHeaders(auth: ResolvedForward, { request, credential, address }: Question): Headers {
  const url = withoutQueryCredentials(new URL(request.url), auth.from);
  const headers = new Headers({
    'X-Forwarded-Method': request.method,
    'X-Forwarded-Uri': url.pathname + url.search,
  });
  setForwarded(headers, url, address);
  for (const name of auth.headers) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  hideInReferer(headers, request.url, auth.from);
  if (credential !== null) headers.set('Authorization', `Bearer ${credential}`);
  return headers;
}

function passOf(headers: Headers, auth: ResolvedForward): Pass | Rejected {
  const userId = headers.get('Signalbox-User');
  const expires = headers.get('Signalbox-Expires');
  try {
    return toPass(
      {
        userId,
        claims: parsed(headers.get('Signalbox-Claims')) ?? {},
        permissions: parsed(headers.get('Signalbox-Permissions')),
        expires: expires === null ? undefined : Number(/^\d+$/.test(expires) ? expires : Number.NaN),
      },
      auth.permissions,
    );
  } catch (error) {
    console.error('The origin that was asked about a client answered with headers that are not JSON:', error);
    return new Rejected('ERR_AUTH_ORIGIN_FAILED');
  }
}

function parsed(header: string | null): unknown {
  return header === null ? undefined : JSON.parse(header);
}
