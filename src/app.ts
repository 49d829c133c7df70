import { Hono } from 'hono';
import type { Config, ResolvedRoute } from './config/config.ts';
import { Rejected } from './config/errors.ts';
import { matchRoute } from './config/match.ts';
import { servePage } from './pages/pages.ts';
import { clientAddress } from './platform/address.ts';
import { passToFallback } from './platform/fallback.ts';
import { openRoom } from './platform/stub.ts';
import { isUpgrade } from './upgrade/handshake.ts';
import { UpgradeLimiter } from './upgrade/limiter.ts';
import { toResponse } from './upgrade/reject.ts';
import { type Accepted, checkUpgrade } from './upgrade/upgrade.ts';

/** What the deployment binds (wrangler.toml). */
export interface Env {
  ROOM: DurableObjectNamespace;
}

/** The way of a request: route, ladder, target. Until a target answers, a refusal is plain HTTP and touches nothing. */
export function createApp(config: Config): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();
  const limiter = new UpgradeLimiter();

  app.all('*', ({ req: { raw: request }, env }) => {
    if (!URL.canParse(request.url)) return toResponse(new Rejected('ERR_BAD_REQUEST_TARGET'));
    const match = matchRoute(config, new URL(request.url));
    if (match === null) return passToFallback(config.fallback, request);
    if (speaksHttp(match.route) && !isUpgrade(request)) return answerHttp(match.route, request);

    const accepted = checkUpgrade(match, request);
    if (accepted instanceof Rejected) return toResponse(accepted);
    const limited = limiter.check(match.route, clientAddress(request), Date.now());
    if (limited) return toResponse(limited);
    return openTarget(match.route, accepted, env);
  });

  app.onError((error) => {
    console.error(error);
    return toResponse(new Rejected('ERR_INTERNAL'));
  });
  return app;
}

/** Whether a route's target also takes requests that are no upgrades. */
function speaksHttp({ target }: ResolvedRoute): boolean {
  return target.kind === 'page' || target.kind === 'proxy' || target.kind === 'grip';
}

function answerHttp({ target }: ResolvedRoute, request: Request): Response {
  if (target.kind !== 'page') return toResponse(new Rejected('ERR_TARGET_NOT_BUILT'));
  return servePage(target.page, request.method);
}

function openTarget({ target, limits }: ResolvedRoute, accepted: Accepted, env: Env): Response | Promise<Response> {
  if (target.kind !== 'room' || accepted.room === null) return toResponse(new Rejected('ERR_TARGET_NOT_BUILT'));
  const { subprotocol, room } = accepted;
  const [protocol = 'raw'] = target.protocols;
  return openRoom(env.ROOM, room, { protocol, subprotocol, echo: target.echo, limits });
}
