import { Hono } from 'hono';
import { type ApiPort, createApi } from './api/api.ts';
import { Authenticator } from './auth/auth.ts';
import type { Config, ResolvedRoute } from './config/config.ts';
import { Rejected } from './config/errors.ts';
import { matchRoute, otherReading, type RouteMatch } from './config/match.ts';
import { isStreamMount } from './config/mounts.ts';
import { clientAddress } from './platform/address.ts';
import { passToFallback } from './platform/fallback.ts';
import { Proxies } from './platform/proxy.ts';
import { closeAtOnce } from './platform/socket.ts';
import { letIn } from './targets/entrance.ts';
import { answerHttp, speaksHttp } from './targets/http.ts';
import type { Env, Router, Visit } from './targets/router.ts';
import { answerEmulation, answerStream } from './targets/streams.ts';
import { openTarget } from './targets/upgrades.ts';
import { isUpgrade } from './upgrade/handshake.ts';
import { UpgradeLimiter } from './upgrade/limiter.ts';
import { refusalByClose } from './upgrade/refuse.ts';
import { refuse, toInternalError, toResponse } from './upgrade/reject.ts';
import { checkUpgrade } from './upgrade/upgrade.ts';

export type { Env } from './targets/router.ts';

/** The way of a request: route, ladder, target. Until a target answers, a refusal is plain HTTP and touches nothing. */
export function createApp(config: Config): Hono<{ Bindings: Env }> {
  const router: Router = {
    config,
    limiter: new UpgradeLimiter(),
    strays: new UpgradeLimiter(),
    authenticator: new Authenticator(),
    proxies: new Proxies(),
    apis: new Map(config.routes.flatMap((route) => apiOf(route))),
  };
  const app = new Hono<{ Bindings: Env }>();
  app.all('*', ({ req, env }) => answer(router, req.raw, env));
  app.onError(toInternalError);
  return app;
}

async function answer(router: Router, request: Request, env: Env): Promise<Response> {
  if (!URL.canParse(request.url) || hasStrangeHost(request)) return refuse('ERR_BAD_REQUEST_TARGET');
  const url = new URL(request.url);
  const match = matchRoute(router.config, url);
  if (isHandedOn(router.config, match) && isGuarded(otherReading(router.config, url, match), request))
    return refuse('ERR_BAD_REQUEST_TARGET');
  if (match === null) return passToFallback(router.config.fallback, request);
  const visit = { request, env, address: clientAddress(request) };
  const { mount } = match.route;
  if (isStreamMount(mount)) return answerStream(router, match, mount, visit);
  if (mount === 'emulation') return answerEmulation(router, match, visit);
  if (speaksHttp(match.route) && !isUpgrade(request)) return answerHttp(router, match, visit);
  const answer = await answerUpgrade(router, match, visit);
  const byClose = refusalByClose(match.route, request, answer);
  if (byClose === null) return answer;
  await answer.body?.cancel();
  return closeAtOnce(byClose.subprotocol, byClose.code, byClose.reason);
}

/** The ladder: what costs least is checked first, and nobody touches a room or an origin before the last rung. */
async function answerUpgrade(router: Router, match: RouteMatch, visit: Visit): Promise<Response> {
  const accepted = checkUpgrade(match, visit.request);
  if (accepted instanceof Rejected) return toResponse(accepted);
  const pass = await letIn(router, match.route, visit, accepted.offer);
  if (pass instanceof Response) return pass;
  return openTarget(router, match.route, accepted, pass, visit);
}

/** The runtime puts the Host header into the URL as it is, so one that holds more than a host could choose the path. */
function hasStrangeHost({ headers }: Request): boolean {
  return /[/\\?#@]/.test(headers.get('Host') ?? '');
}

/** Whether a request goes to a server that reads its path anew. */
function isHandedOn({ fallback }: Config, match: RouteMatch | null): boolean {
  if (match === null) return fallback.kind === 'http';
  const { target } = match.route;
  return target.kind === 'proxy' || (target.kind === 'room' && target.grip !== null);
}

/** Whether a route would have looked closer: at who asks, or at the page that opens a WebSocket. */
function isGuarded(route: ResolvedRoute | null, request: Request): boolean {
  return route !== null && (route.auth !== null || isUpgrade(request));
}

function apiOf({ name, segments, target }: ResolvedRoute): [string, Hono<{ Bindings: ApiPort }>][] {
  if (target.kind !== 'api') return [];
  const base = segments.flatMap((segment) => (segment.kind === 'literal' ? [segment.text] : []));
  return [[name, createApi(`/${base.join('/')}`, target)]];
}
