import { Hono } from 'hono';
import { type ApiPort, createApi } from './api/api.ts';
import { answerServerApi } from './api/server-api.ts';
import { Authenticator } from './auth/auth.ts';
import { ANYBODY, type Pass } from './auth/pass.ts';
import { requireSecret } from './auth/ports.ts';
import type { Config, ResolvedRoom, ResolvedRoute } from './config/config.ts';
import { Rejected } from './config/errors.ts';
import { matchRoute, type RouteMatch } from './config/match.ts';
import { grantsIn } from './config/permissions.ts';
import { servePage } from './pages/pages.ts';
import { clientAddress } from './platform/address.ts';
import { passToFallback } from './platform/fallback.ts';
import { countUpgrade } from './platform/rate-limit.ts';
import { authPort } from './platform/secrets.ts';
import { closeAtOnce } from './platform/socket.ts';
import { openRoom, type Rooms, settingsText } from './platform/stub.ts';
import { isUpgrade } from './upgrade/handshake.ts';
import { UpgradeLimiter } from './upgrade/limiter.ts';
import { refusalByClose } from './upgrade/refuse.ts';
import { refuse, toInternalError, toResponse } from './upgrade/reject.ts';
import { roomName } from './upgrade/room-name.ts';
import { type Accepted, checkUpgrade } from './upgrade/upgrade.ts';
import { addressKey } from './util/address.ts';

/** What the deployment binds (wrangler.toml), and the secrets that the route table names. */
export interface Env {
  ROOM: Rooms;
  UPGRADES?: RateLimit;
  [secret: string]: unknown;
}

/** A request on its way through the router. */
interface Visit {
  request: Request;
  env: Env;
  /** The client's address; null where the runtime does not tell. */
  address: string | null;
}

/** What a router keeps between requests. */
interface Router {
  config: Config;
  limiter: UpgradeLimiter;
  authenticator: Authenticator;
  /** The APIs of the table, by the route's name. */
  apis: Map<string, Hono<{ Bindings: ApiPort }>>;
}

/** The way of a request: route, ladder, target. Until a target answers, a refusal is plain HTTP and touches nothing. */
export function createApp(config: Config): Hono<{ Bindings: Env }> {
  const router: Router = {
    config,
    limiter: new UpgradeLimiter(),
    authenticator: new Authenticator(),
    apis: new Map(config.routes.flatMap((route) => apiOf(route))),
  };
  const app = new Hono<{ Bindings: Env }>();
  app.all('*', ({ req, env }) => answer(router, req.raw, env));
  app.onError(toInternalError);
  return app;
}

async function answer(router: Router, request: Request, env: Env): Promise<Response> {
  if (!URL.canParse(request.url) || hasStrangeHost(request)) return refuse('ERR_BAD_REQUEST_TARGET');
  const match = matchRoute(router.config, new URL(request.url));
  if (match === null) return passToFallback(router.config.fallback, request);
  const visit = { request, env, address: clientAddress(request) };
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
  const limited = router.limiter.check(match.route, visit.address, Date.now());
  const refused = limited ?? (await countUpgrade(visit.env.UPGRADES, keyOf(visit)));
  if (refused) return toResponse(refused);
  const pass = await identify(router, match.route, visit, accepted.offer);
  return pass instanceof Response ? pass : openTarget(match.route, accepted, pass, visit);
}

/** Who is asking, or the answer to somebody who may not. */
async function identify(
  { authenticator }: Router,
  { auth }: ResolvedRoute,
  { request, env, address }: Visit,
  offer: readonly string[],
): Promise<Pass | Response> {
  if (auth === null) return ANYBODY;
  const pass = await authenticator.check(auth, { request, offer, address }, authPort(env));
  return pass instanceof Rejected ? toResponse(pass) : pass;
}

function openTarget(
  { target, limits, mount }: ResolvedRoute,
  { subprotocol, room }: Accepted,
  { identity, permissions, expiresAt, once }: Pass,
  visit: Visit,
): Response | Promise<Response> {
  if (target.kind !== 'room' || room === null || mount === null || mount === 'api')
    return refuse('ERR_TARGET_NOT_BUILT');
  const grants = grantsIn(permissions, room);
  if (grants === null) return refuse('ERR_PERMISSION_DENIED');
  const address = keyOf(visit);
  const admission = { protocol: mount, subprotocol, echo: target.echo, limits, identity, grants, expiresAt, address };
  return openRoom(visit.env.ROOM, room, { admission, once }, settingsOf(target));
}

/** Written once for each room target of the table, and not for each upgrade. */
const settingsTexts = new WeakMap<ResolvedRoom, string>();

function settingsOf(target: ResolvedRoom): string {
  const text = settingsTexts.get(target) ?? settingsText(target);
  settingsTexts.set(target, text);
  return text;
}

/** The runtime puts the Host header into the URL as it is, so one that holds more than a host could choose the path. */
function hasStrangeHost({ headers }: Request): boolean {
  return /[/\\?#@]/.test(headers.get('Host') ?? '');
}

/** Whether a route's target also takes requests that are no upgrades. */
function speaksHttp({ target, mount }: ResolvedRoute): boolean {
  return mount === 'api' || (target.kind !== 'room' && target.kind !== 'tunnel');
}

async function answerHttp(router: Router, { route, params }: RouteMatch, visit: Visit): Promise<Response> {
  const pass = await identify(router, route, visit, []);
  if (pass instanceof Response) return pass;
  if (route.target.kind === 'page') return servePage(route.target.page, visit.request.method);
  if (route.target.kind === 'room') return answerRoomHttp(route.target, params, visit);
  const api = router.apis.get(route.name);
  return api ? api.fetch(visit.request, apiPort(visit.env)) : refuse('ERR_TARGET_NOT_BUILT');
}

/** What a room answers over HTTP: its server API. */
function answerRoomHttp(
  target: ResolvedRoom,
  params: Record<string, string>,
  visit: Visit,
): Response | Promise<Response> {
  const room = roomName(target.room, params);
  if (room instanceof Rejected) return toResponse(room);
  const call = new URL(visit.request.url).pathname.split('/').at(-1) ?? '';
  return answerServerApi(room, target, call, visit.request, apiPort(visit.env));
}

function apiOf({ name, segments, target }: ResolvedRoute): [string, Hono<{ Bindings: ApiPort }>][] {
  if (target.kind !== 'api') return [];
  const base = segments.flatMap((segment) => (segment.kind === 'literal' ? [segment.text] : []));
  return [[name, createApi(`/${base.join('/')}`, target)]];
}

function apiPort(env: Env): ApiPort {
  return { rooms: env.ROOM, secret: (name) => requireSecret(authPort(env), name) };
}

/** What stands for a client where addresses are counted. */
function keyOf({ address }: Visit): string | null {
  return address === null ? null : addressKey(address);
}
