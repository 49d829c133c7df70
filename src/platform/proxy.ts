import { hideInReferer, withoutCredentials, withoutQueryCredentials } from '../auth/credential.ts';
import { affinityOf } from '../bridge/affinity.ts';
import { type Opened, openUpstream } from '../bridge/attempt.ts';
import { UpstreamPool } from '../bridge/pool.ts';
import { checkAnswer, checkSwitch, mayRepeat, type Passage, requestAt, upgradeAt } from '../bridge/proxy.ts';
import type { ProxyUpstream, ResolvedProxy } from '../config/bridge.ts';
import type { ResolvedRoute } from '../config/config.ts';
import { Rejected } from '../config/errors.ts';
import { toResponse } from '../upgrade/reject.ts';
import { withoutHopByHop } from '../util/hop-by-hop.ts';
import { inspect } from './inspect.ts';
import { keepAlive } from './keep-alive.ts';

/** Somebody whom the ladder let through to a proxy. */
export interface ProxyVisit {
  request: Request;
  /** The client's address; null where the runtime does not tell. */
  address: string | null;
  /** The subprotocols that were offered, credentials among them. */
  offer: readonly string[];
  /** When the credential expires, in milliseconds since 1970; null for no end. */
  expiresAt: number | null;
  /** The value of an environment variable; throws where it is not set. */
  secretOf: (variable: string) => string;
}

/** Milliseconds that an origin may take to begin its answer to a request that is no upgrade: a page may have to be made. */
export const ANSWER_TIMEOUT_MS = 60_000;

/** The proxies of a router: the pool of each route, and the way through it. One for the whole router. */
export class Proxies {
  readonly #pools = new WeakMap<ResolvedProxy, UpstreamPool<ProxyUpstream>>();

  /** Answers an upgrade: with an origin's 101 and its socket, with the origin's own refusal, or with ours. */
  async openUpgrade(route: ResolvedRoute, target: ResolvedProxy, visit: ProxyVisit): Promise<Response> {
    const passage = passageOf(route, target, visit);
    const opened = await this.#open(target, visit, true, (upstream) => dialUpgrade(upstream, target, passage));
    if (opened instanceof Rejected) return toResponse(opened);
    const { connection: answer, lease } = opened;
    if (!target.inspect || answer.webSocket === null) return handOver(opened);
    const { headers } = marked(answer, lease.setCookie);
    const { name, limits } = route;
    const options = { limits, idleMs: target.idleMs, expiresAt: visit.expiresAt };
    return inspect(answer.webSocket, headers, { route: name, onEnd: lease.release, ...options });
  }

  /** Answers a request that is no upgrade. */
  async passRequest(route: ResolvedRoute, target: ResolvedProxy, visit: ProxyVisit): Promise<Response> {
    const passage = passageOf(route, target, visit);
    const ask = (upstream: ProxyUpstream) => askUpstream(upstream, target, passage);
    try {
      const opened = await this.#open(target, visit, mayRepeat(visit.request), ask);
      return opened instanceof Rejected ? toResponse(opened) : handOver(opened);
    } catch (error) {
      if (error instanceof NobodysFault) return toResponse(error.rejected);
      throw error;
    }
  }

  async #open(
    target: ResolvedProxy,
    visit: ProxyVisit,
    repeats: boolean,
    dial: (upstream: ProxyUpstream) => Promise<Response | Rejected>,
  ): Promise<Opened<ProxyUpstream, Response> | Rejected> {
    const affinity = await affinityOf(target.policy, target.pool, visit, visit.secretOf);
    // Also where the client goes away meanwhile, somebody has to report how it went.
    return keepAlive(openUpstream(this.#poolOf(target), affinity, dial, Date.now, repeats));
  }

  /** Made when it is first needed: while a Worker starts, nothing may be random. */
  #poolOf(target: ResolvedProxy): UpstreamPool<ProxyUpstream> {
    const pool = this.#pools.get(target) ?? new UpstreamPool(target.pool, target, Math.random);
    this.#pools.set(target, pool);
    return pool;
  }
}

function passageOf({ auth, protocols }: ResolvedRoute, { secret }: ResolvedProxy, visit: ProxyVisit): Passage {
  const { request } = visit;
  const offer = withoutCredentials(visit.offer);
  const sources = auth?.from ?? [];
  const headers = new Headers(request.headers);
  hideInReferer(headers, request.url, sources);
  return {
    request,
    headers,
    url: withoutQueryCredentials(new URL(request.url), sources),
    address: visit.address,
    offer: protocols.length === 0 ? offer : offer.filter((name) => protocols.includes(name)),
    secret: secret && { header: secret.header, value: visit.secretOf(secret.value) },
  };
}

function dialUpgrade(
  { key, url }: ProxyUpstream,
  { rewrite, connectTimeoutMs }: ResolvedProxy,
  passage: Passage,
): Promise<Response | Rejected> {
  return askForUpgrade(key, upgradeAt(url, rewrite, passage), passage.offer, connectTimeoutMs);
}

/** Asks the upstream that the log calls `key` for an upgrade: its 101 with a socket, its own refusal, or what went wrong. */
export async function askForUpgrade(
  key: string,
  request: Request,
  offer: readonly string[],
  timeoutMs: number,
  limit = new AbortController(),
): Promise<Response | Rejected> {
  const answer = await fetchWithin(timeoutMs, request, limit);
  if (answer instanceof Response) {
    const wrong = checkSwitch(answer, answer.webSocket !== null, offer);
    return wrong === null ? answer : discard(key, answer, wrong);
  }
  return complain(key, answer);
}

/** Thrown where nothing is known of the upstream: what it was asked for takes long, or the client may have broken off its body. */
class NobodysFault extends Error {
  readonly rejected: Rejected;

  constructor(rejected: Rejected) {
    super(rejected.code);
    this.rejected = rejected;
  }
}

async function askUpstream(
  { key, url }: ProxyUpstream,
  { rewrite }: ResolvedProxy,
  passage: Passage,
): Promise<Response | Rejected> {
  const hasBody = passage.request.body !== null;
  // Nobody here sees when a body has been sent, so what has one may take as long as client and origin like.
  const answer = await fetchWithin(hasBody ? null : ANSWER_TIMEOUT_MS, requestAt(url, rewrite, passage));
  if (answer instanceof Response) {
    const wrong = checkAnswer(answer);
    return wrong === null ? answer : discard(key, answer, wrong);
  }
  const failed = complain(key, answer);
  if (hasBody || answer.late) throw new NobodysFault(failed);
  return failed;
}

export interface NoAnswer {
  late: boolean;
  error: unknown;
}

/**
 * Asks an upstream, for the head of whose answer there is so much time; null for as much as it takes. Once the head is
 * there nothing is bounded any more: `limit` would cut the connection too.
 */
export async function fetchWithin(
  ms: number | null,
  request: Request,
  limit = new AbortController(),
): Promise<Response | NoAnswer> {
  const timer = ms === null ? null : setTimeout(() => limit.abort(), ms);
  try {
    return await fetch(request, { redirect: 'manual', signal: limit.signal });
  } catch (error) {
    return { late: limit.signal.aborted, error };
  } finally {
    clearTimeout(timer);
  }
}

function complain(key: string, { late, error }: NoAnswer): Rejected {
  console.error(`Upstream ${key} did not answer:`, error);
  return new Rejected(late ? 'ERR_UPSTREAM_TIMEOUT' : 'ERR_UPSTREAM_UNREACHABLE');
}

/** An answer that nobody gets to see. */
async function discard(key: string, answer: Response, wrong: Rejected): Promise<Rejected> {
  console.error(`Upstream ${key} answered with ${answer.status}, and not as it should: ${wrong.code}`);
  answer.webSocket?.accept();
  answer.webSocket?.close(1002);
  await answer.body?.cancel().catch(() => {});
  return wrong;
}

/** Hands an answer to the client, socket and all. From here on the runtime carries it, and nobody here learns of its end. */
function handOver({ connection: answer, lease }: Opened<ProxyUpstream, Response>): Response {
  lease.release();
  return marked(answer.status === 101 ? answer : withoutHopByHop(answer), lease.setCookie);
}

/** An answer with a cookie more; made anew only where there is one. */
function marked(answer: Response, setCookie: string | null): Response {
  if (setCookie === null) return answer;
  const copy = new Response(answer.body, answer);
  copy.headers.append('Set-Cookie', setCookie);
  return copy;
}
