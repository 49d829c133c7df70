import { Hono } from 'hono';
import { type ApiPort, createApi } from './api/api.ts';
import { answerServerApi } from './api/server-api.ts';
import { Authenticator } from './auth/auth.ts';
import { withoutCredentials, withoutQueryCredentials } from './auth/credential.ts';
import { ANYBODY, type Pass } from './auth/pass.ts';
import { requireSecret } from './auth/ports.ts';
import { chooseTunnelProtocol } from './bridge/subprotocol.ts';
import type { ResolvedTunnel } from './config/bridge.ts';
import type { Config, ResolvedRoom, ResolvedRoute, StreamMount } from './config/config.ts';
import { Rejected } from './config/errors.ts';
import { matchRoute, type RouteMatch } from './config/match.ts';
import { isStreamMount } from './config/mounts.ts';
import { canonicalName, grantsIn } from './config/permissions.ts';
import { servePage } from './pages/pages.ts';
import { clientAddress } from './platform/address.ts';
import { passToFallback } from './platform/fallback.ts';
import { Proxies, type ProxyVisit } from './platform/proxy.ts';
import { countUpgrade } from './platform/rate-limit.ts';
import { authPort } from './platform/secrets.ts';
import { closeAtOnce } from './platform/socket.ts';
import { openStream, passMessage } from './platform/stream.ts';
import { type Entry, openRoom, type Rooms, requestRoom, settingsText } from './platform/stub.ts';
import { openTunnel, type Tunnels } from './platform/tunnel-stub.ts';
import { checkRole } from './protocols/sp/edge.ts';
import { STREAMS } from './protocols/streams.ts';
import type { Admission } from './room/connection.ts';
import { answerPreflight, withCors } from './upgrade/cors.ts';
import { isUpgrade } from './upgrade/handshake.ts';
import { checkHttp } from './upgrade/http.ts';
import { UpgradeLimiter } from './upgrade/limiter.ts';
import { checkOrigin } from './upgrade/origin.ts';
import { refusalByClose } from './upgrade/refuse.ts';
import { refuse, toInternalError, toResponse } from './upgrade/reject.ts';
import { roomName } from './upgrade/room-name.ts';
import { type Accepted, checkUpgrade } from './upgrade/upgrade.ts';
import { addressKey } from './util/address.ts';

/** What the deployment binds (wrangler.toml), and the secrets that the route table names. */
export interface Env {
  ROOM: Rooms;
  TUNNEL: Tunnels;
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
  /** Counts messages for connections that are not there. */
  strays: UpgradeLimiter;
  authenticator: Authenticator;
  proxies: Proxies;
  /** The APIs of the table, by the route's name. */
  apis: Map<string, Hono<{ Bindings: ApiPort }>>;
}

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
  const match = matchRoute(router.config, new URL(request.url));
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
  const { target } = match.route;
  if (target.kind === 'proxy')
    return router.proxies.openUpgrade(match.route, target, proxyVisit(visit, accepted.offer, pass));
  return openTarget(match.route, accepted, pass, visit);
}

function proxyVisit({ request, env, address }: Visit, offer: readonly string[], { expiresAt }: Pass): ProxyVisit {
  return { request, address, offer, expiresAt, secretOf: (name) => requireSecret(authPort(env), name) };
}

/** The rungs of every way in: how many come from one address, and who they are. */
async function letIn(
  router: Router,
  route: ResolvedRoute,
  visit: Visit,
  offer: readonly string[],
): Promise<Pass | Response> {
  const limited = router.limiter.check(route, visit.address, Date.now());
  const refused = limited ?? (await countUpgrade(visit.env.UPGRADES, keyOf(visit)));
  return refused ? toResponse(refused) : identify(router, route, visit, offer);
}

/** Who is asking, or the answer to somebody who may not. */
async function identify(
  { authenticator }: Router,
  route: ResolvedRoute,
  { request, env, address }: Visit,
  offer: readonly string[],
): Promise<Pass | Response> {
  if (route.auth === null) return ANYBODY;
  const pass = await authenticator.check(route.auth, { request, offer, address }, authPort(env));
  if (pass instanceof Rejected) return toResponse(pass);
  return pass instanceof Response || leadsThrough(route, pass) ? pass : refuse('ERR_PERMISSION_DENIED');
}

/** Whether a credential is good for what is behind a bridge: one that is for some rooms only has to name the route too. */
function leadsThrough({ target, name }: ResolvedRoute, { permissions }: Pass): boolean {
  const isBridge = target.kind === 'proxy' || target.kind === 'tunnel';
  return !isBridge || grantsIn(permissions, canonicalName(name)) !== null;
}

function openTarget(
  route: ResolvedRoute,
  { offer, subprotocol, protocol, role, room }: Accepted,
  pass: Pass,
  visit: Visit,
): Response | Promise<Response> {
  const { target } = route;
  if (target.kind === 'tunnel') return openTunnelTo(target, route, { offer, subprotocol }, pass, visit);
  if (target.kind !== 'room' || room === null || protocol === null) return refuse('ERR_TARGET_NOT_BUILT');
  const entry = entryTo(room, route, { protocol, subprotocol, role, echo: target.echo }, pass, visit);
  if (entry instanceof Rejected) return toResponse(entry);
  const refused = checkRole(entry.admission, target.namespaces);
  if (refused) return toResponse(refused);
  const asked = protocol === 'application' ? shownToRoom(route, visit.request, offer) : null;
  return openRoom(visit.env.ROOM, room, entry, settingsOf(target), asked);
}

/** A request as what stands behind a room may see it: without credentials in its query, or among what it offers. */
function shownToRoom({ auth }: ResolvedRoute, request: Request, offer: readonly string[]): Request {
  const subprotocols = withoutCredentials(offer);
  const headers = new Headers(request.headers);
  headers.delete('Sec-WebSocket-Protocol');
  if (subprotocols.length > 0) headers.set('Sec-WebSocket-Protocol', subprotocols.join(', '));
  const url = withoutQueryCredentials(new URL(request.url), auth?.from ?? []);
  return new Request(url, new Request(request, { headers }));
}

function openTunnelTo(
  target: ResolvedTunnel,
  { limits: { maxMessageBytes, maxBufferedBytes } }: ResolvedRoute,
  { offer, subprotocol }: Pick<Accepted, 'offer' | 'subprotocol'>,
  { expiresAt }: Pass,
  { env, request, address }: Visit,
): Response | Promise<Response> {
  const chosen = subprotocol ?? chooseTunnelProtocol(offer);
  const limits = { maxMessageBytes, maxBufferedBytes };
  return openTunnel(env.TUNNEL, request, { target, subprotocol: chosen, limits, address, expiresAt });
}

/** What a room is told of somebody who may come in. */
function entryTo(
  room: string,
  { limits }: ResolvedRoute,
  connection: Pick<Admission, 'protocol' | 'subprotocol' | 'role' | 'echo' | 'session'>,
  { identity, permissions, expiresAt, once }: Pass,
  visit: Visit,
): Entry | Rejected {
  const grants = grantsIn(permissions, room);
  if (grants === null) return new Rejected('ERR_PERMISSION_DENIED');
  return { admission: { ...connection, limits, identity, grants, expiresAt, address: keyOf(visit) }, once };
}

/** Written once for each room target of the table, and not for each upgrade. */
const settingsTexts = new WeakMap<ResolvedRoom, string>();

function settingsOf(target: ResolvedRoom): string {
  const text = settingsTexts.get(target) ?? settingsText(target);
  settingsTexts.set(target, text);
  return text;
}

/** The way in of clients without WebSocket: over the same rungs, to a stream. */
function answerStream(router: Router, match: RouteMatch, mount: StreamMount, visit: Visit): Promise<Response> {
  const { method, protocol, sends } = STREAMS[mount];
  return overHttp(match, visit.request, method, async (room, target) => {
    const pass = await letIn(router, match.route, visit, []);
    if (pass instanceof Response) return pass;
    const session = sends ? crypto.randomUUID() : undefined;
    const connection = { protocol, subprotocol: null, echo: target.echo, session };
    const entry = entryTo(room, match.route, connection, pass, visit);
    if (entry instanceof Rejected) return toResponse(entry);
    const enter = () => openRoom(visit.env.ROOM, room, entry, settingsOf(target));
    return openStream(mount, visit.request, entry.admission, target.namespaces, enter);
  });
}

/** What they send. Nobody is asked who they are: they know the session, which nobody else does. */
function answerEmulation({ strays }: Router, match: RouteMatch, { request, env, address }: Visit): Promise<Response> {
  return overHttp(match, request, 'POST', async (room) => {
    const refused = strays.peek(match.route, address, Date.now());
    if (refused) return toResponse(refused);
    const answer = await passMessage(env.ROOM, room, match.route.limits, request);
    // To try one session after the other wakes the room as often as to connect does.
    if (answer.status === 404) strays.check(match.route, address, Date.now());
    return answer;
  });
}

/** What both have in common. The answer can be read by pages of other origins too, where the route lets them connect. */
async function overHttp(
  { route, params }: RouteMatch,
  request: Request,
  method: 'GET' | 'POST',
  answer: (room: string, target: ResolvedRoom) => Promise<Response>,
): Promise<Response> {
  if (route.target.kind !== 'room') return refuse('ERR_TARGET_NOT_BUILT');
  const room = checkHttp(request, method, route.origins) ?? roomName(route.target.room, params);
  const readable = (response: Response) => withCors(route.origins, request, response);
  if (room instanceof Rejected) return readable(toResponse(room));
  return readable(request.method === 'OPTIONS' ? answerPreflight(request, method) : await answer(room, route.target));
}

/** The runtime puts the Host header into the URL as it is, so one that holds more than a host could choose the path. */
function hasStrangeHost({ headers }: Request): boolean {
  return /[/\\?#@]/.test(headers.get('Host') ?? '');
}

/** Whether a route's target also takes requests that are no upgrades. */
function speaksHttp({ target, mount }: ResolvedRoute): boolean {
  if (target.kind === 'room') return mount === 'api' || (mount === 'raw' && target.answersHttp);
  return target.kind !== 'tunnel';
}

async function answerHttp(router: Router, { route, params }: RouteMatch, visit: Visit): Promise<Response> {
  const { target } = route;
  if (target.kind === 'room' && route.mount === 'raw') return answerByRoom(router, route, target, params, visit);
  const pass = await identify(router, route, visit, []);
  if (pass instanceof Response) return pass;
  if (route.target.kind === 'page') return servePage(route.target.page, visit.request.method);
  if (route.target.kind === 'proxy')
    return router.proxies.passRequest(route, route.target, proxyVisit(visit, [], pass));
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

/** What the application behind a room answers over HTTP: over the same rungs as an upgrade. */
async function answerByRoom(
  router: Router,
  route: ResolvedRoute,
  target: ResolvedRoom,
  params: Record<string, string>,
  visit: Visit,
): Promise<Response> {
  const room = checkOrigin(route.origins, visit.request) ?? roomName(target.room, params);
  if (room instanceof Rejected) return toResponse(room);
  const pass = await letIn(router, route, visit, []);
  if (pass instanceof Response) return pass;
  const connection = { protocol: 'application', subprotocol: null, echo: false } as const;
  const entry = entryTo(room, route, connection, pass, visit);
  if (entry instanceof Rejected) return toResponse(entry);
  return requestRoom(visit.env.ROOM, room, entry, settingsOf(target), shownToRoom(route, visit.request, []));
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
