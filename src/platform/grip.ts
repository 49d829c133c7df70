import { hideInReferer, withoutCredentials, withoutQueryCredentials } from '../auth/credential.ts';
import { carriedHeaders, checkAnswer } from '../bridge/proxy.ts';
import type { ResolvedRoom, ResolvedRoute } from '../config/config.ts';
import { Rejected } from '../config/errors.ts';
import type { ResolvedGrip } from '../config/grip.ts';
import { toAnswer } from '../grip/answer.ts';
import { proxiedHeaders } from '../grip/headers.ts';
import { readInstruct } from '../grip/instruct.ts';
import { requestUrl } from '../grip/request-url.ts';
import { signGrip } from '../grip/signature.ts';
import { fitsRecord } from '../room/connection.ts';
import { refuse, toResponse } from '../upgrade/reject.ts';
import { withoutHopByHop } from '../util/hop-by-hop.ts';
import { readBytes } from '../util/read-bytes.ts';
import { type Held, holdOpen } from './hold.ts';
import { ANSWER_TIMEOUT_MS, fetchWithin } from './proxy.ts';

/** Somebody whom the ladder let through to a GRIP application server. */
export interface GripVisit {
  request: Request;
  /** The client's address; null where the runtime does not tell. */
  address: string | null;
  /** The value of an environment variable; throws where it is not set. */
  secretOf: (variable: string) => string;
}

type Route = Pick<ResolvedRoute, 'segments' | 'auth' | 'limits' | 'protocols'>;

/** The upgrade as the application server is told of it: of what was offered, with that from which it may choose. */
export function gripUpgrade(
  grip: ResolvedGrip,
  route: Route,
  { request, address }: GripVisit,
  offer: readonly string[],
): Request {
  const headers = carriedHeaders(request, address);
  hideInReferer(headers, request.url, route.auth?.from ?? []);
  const subprotocols = withoutCredentials(offer);
  const { protocols } = route;
  const choice = protocols.length === 0 ? subprotocols : subprotocols.filter((name) => protocols.includes(name));
  if (choice.length > 0) headers.set('Sec-WebSocket-Protocol', choice.join(', '));
  return new Request(urlOf(grip, route, request), { headers });
}

/**
 * Answers a request that is no upgrade: by the application server, which may have the router hold it open. `enter` leads into
 * the room then.
 */
export async function passToGrip(
  target: ResolvedRoom & { grip: ResolvedGrip },
  route: Route,
  visit: GripVisit,
  enter: Held['enter'],
): Promise<Response> {
  const answer = await askOver(await toRequest(target, route, visit), visit.request.body !== null);
  if (answer instanceof Rejected) return toResponse(answer);
  if (![...answer.headers.keys()].some((name) => name.startsWith('grip-'))) return withoutHopByHop(answer);
  const instruct = readInstruct(answer.status, answer.headers);
  if (typeof instruct === 'string') return spoil(answer, instruct);
  if (instruct.hold === null || visit.request.method === 'HEAD') return toAnswer({ ...instruct, body: answer.body });
  const { maxAnswerBytes } = target.grip;
  const body = await readBytes(answer.body, maxAnswerBytes);
  if (body.length > maxAnswerBytes) return spoil(answer, 'an answer to be held is larger than maxResponseBytes');
  if (!fitsRecord(instruct.hold.channels)) return spoil(answer, 'Grip-Channel names more than can be kept');
  const { maxBufferedBytes } = route.limits;
  const { signal } = visit.request;
  return holdOpen({ hold: instruct.hold, answer: { ...instruct, body }, enter, maxBufferedBytes, signal });
}

async function toRequest(
  { grip, application }: ResolvedRoom & { grip: ResolvedGrip },
  route: Route,
  visit: GripVisit,
): Promise<Request> {
  const { request, address, secretOf } = visit;
  const { key, issuer } = application?.kind === 'grip' ? application : { key: null, issuer: '' };
  const signature = key === null ? null : await signGrip({ issuer, key: secretOf(key) }, Date.now());
  const headers = proxiedHeaders(carriedHeaders(request, address), signature);
  hideInReferer(headers, request.url, route.auth?.from ?? []);
  return new Request(new Request(urlOf(grip, route, request), request), { headers });
}

function urlOf({ url }: ResolvedGrip, { segments, auth }: Route, request: Request): URL {
  return requestUrl(url, segments, withoutQueryCredentials(new URL(request.url), auth?.from ?? []));
}

/** Nobody here sees when a body has been sent, so what has one may take as long as both sides like. */
async function askOver(request: Request, hasBody: boolean): Promise<Response | Rejected> {
  const answer = await fetchWithin(hasBody ? null : ANSWER_TIMEOUT_MS, request);
  if (!(answer instanceof Response)) {
    console.error('The application server did not answer:', answer.error);
    return new Rejected(answer.late ? 'ERR_UPSTREAM_TIMEOUT' : 'ERR_UPSTREAM_UNREACHABLE');
  }
  const wrong = checkAnswer(answer);
  if (wrong) await answer.body?.cancel();
  return wrong ?? answer;
}

/** Tells the application server's author, in the log, what is wrong with an answer. */
async function spoil(answer: Response, problem: string): Promise<Response> {
  console.error(`An answer of the application server can not be used: ${problem}`);
  await answer.body?.cancel().catch(() => {});
  return refuse('ERR_UPSTREAM_FAILED');
}
