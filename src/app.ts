import { Hono } from 'hono';
import { type ApiPort, createApi } from './api/api.ts';
import { passPublish } from './api/grip-publish.ts';
import { answerServerApi } from './api/server-api.ts';
import { Authenticator } from './auth/auth.ts';
import { ANYBODY, type Pass } from './auth/pass.ts';
import { requireSecret } from './auth/ports.ts';
import { chooseTunnelProtocol } from './bridge/subprotocol.ts';
import type { ResolvedTunnel } from './config/bridge.ts';
import type { Config, ResolvedRoom, ResolvedRoute, StreamMount } from './config/config.ts';
import { Rejected } from './config/errors.ts';
import type { ResolvedGrip } from './config/grip.ts';
import { matchRoute, type RouteMatch } from './config/match.ts';
import { hasKeys, isPublishMount, isStreamMount } from './config/mounts.ts';
import { canonicalName, grantsIn } from './config/permissions.ts';
import { servePage } from './pages/pages.ts';
import { clientAddress } from './platform/address.ts';
import { askRoomFor, entryTo, keyOf, settingsOf, shownToRoom } from './platform/entry.ts';
import { passToFallback } from './platform/fallback.ts';
import { type GripVisit, gripUpgrade, passToGrip } from './platform/grip.ts';
import { Proxies, type ProxyVisit } from './platform/proxy.ts';
import { countUpgrade } from './platform/rate-limit.ts';
import { authPort } from './platform/secrets.ts';
import { closeAtOnce } from './platform/socket.ts';
import { openStream, passMessage } from './platform/stream.ts';
import { openRoom, type Rooms } from './platform/stub.ts';
import { openTunnel, type Tunnels } from './platform/tunnel-stub.ts';
import { checkRole } from './protocols/sp/edge.ts';
import { STREAMS } from './protocols/streams.ts';
import { answerPreflight, withCors } from './upgrade/cors.ts';
import { isUpgrade } from './upgrade/handshake.ts';
import { checkHttp } from './upgrade/http.ts';
import { UpgradeLimiter } from './upgrade/limiter.ts';
import { checkOrigin } from './upgrade/origin.ts';
import { refusalByClose } from './upgrade/refuse.ts';
import { refuse, toInternalError, toResponse } from './upgrade/reject.ts';
import { roomName } from './upgrade/room-name.ts';
import { type Accepted, checkUpgrade } from './upgrade/upgrade.ts';

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
  const refused = await checkRate(router, route, visit);
  return refused ? toResponse(refused) : identify(router, route, visit, offer);
}

async function checkRate({ limiter }: Router, route: ResolvedRoute, { env, address }: Visit): Promise<Rejected | null> {
  return limiter.check(route, address, Date.now()) ?? (await countUpgrade(env.UPGRADES, keyOf(address)));
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
  if (target.kind !== 'room' || room === null || protocol === null) return refuse('ERR_HTTP_ONLY');
  const entry = entryTo(room, route, { protocol, subprotocol, role, echo: target.echo }, pass, visit.address);
  if (entry instanceof Rejected) return toResponse(entry);
  const refused = checkRole(entry.admission, target.namespaces);
  if (refused) return toResponse(refused);
  const asked = protocol === 'application' ? askedOf(route, target, offer, visit) : null;
  return openRoom(visit.env.ROOM, room, entry, settingsOf(target), asked);
}

/** An upgrade as what stands behind the room gets to see it. */
function askedOf(route: ResolvedRoute, { grip }: ResolvedRoom, offer: readonly string[], visit: Visit): Request {
  return grip ? gripUpgrade(grip, route, gripVisit(visit), offer) : shownToRoom(route, visit.request, offer);
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

/** The way in of clients without WebSocket: over the same rungs, to a stream. */
function answerStream(router: Router, match: RouteMatch, mount: StreamMount, visit: Visit): Promise<Response> {
  const { method, protocol, sends } = STREAMS[mount];
  return overHttp(match, visit.request, method, async (room, target) => {
    const pass = await letIn(router, match.route, visit, []);
    if (pass instanceof Response) return pass;
    const session = sends ? crypto.randomUUID() : undefined;
    const connection = { protocol, subprotocol: null, echo: target.echo, session };
    const entry = entryTo(room, match.route, connection, pass, visit.address);
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
  if (route.target.kind !== 'room') return refuse('ERR_NO_ROUTE');
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
  if (target.kind === 'room') return mount !== null && (hasKeys(mount) || (mount === 'raw' && target.answersHttp));
  return target.kind !== 'tunnel';
}

async function answerHttp(router: Router, { route, params }: RouteMatch, visit: Visit): Promise<Response> {
  const { target } = route;
  if (target.kind === 'room') return answerAtRoom(router, route, target, params, visit);
  const pass = await identify(router, route, visit, []);
  if (pass instanceof Response) return pass;
  if (target.kind === 'page') return servePage(target.page, visit.request.method);
  if (target.kind === 'proxy') return router.proxies.passRequest(route, target, proxyVisit(visit, [], pass));
  const api = router.apis.get(route.name);
  return api ? api.fetch(visit.request, apiPort(visit.env)) : refuse('ERR_NO_ROUTE');
}

/** What there is over HTTP where a room is: its APIs, or what stands behind it. */
function answerAtRoom(
  router: Router,
  route: ResolvedRoute,
  target: ResolvedRoom,
  params: Record<string, string>,
  visit: Visit,
): Response | Promise<Response> {
  const room = roomName(target.room, params);
  if (room instanceof Rejected) return toResponse(room);
  const { env, request, address } = visit;
  const ask = (pass: Pass, asked: Request) => askRoomFor({ room, route, target, pass, address }, env.ROOM, asked);
  if (route.mount === 'api') return answerServerApi(room, target, callIn(request), request, apiPort(env));
  if (isPublishMount(route.mount)) return passPublish(target, request, apiPort(env), (asked) => ask(ANYBODY, asked));
  if (target.grip) return answerByGrip(router, route, { ...target, grip: target.grip }, room, visit);
  return answerByPlugin(router, route, visit, ask);
}

/** What stands behind `/api/`. */
function callIn({ url }: Request): string {
  return new URL(url).pathname.split('/').at(-1) ?? '';
}

/** What a plug-in answers: over the same rungs as an upgrade. */
async function answerByPlugin(
  router: Router,
  route: ResolvedRoute,
  visit: Visit,
  ask: (pass: Pass, asked: Request) => Promise<Response>,
): Promise<Response> {
  const refused = checkOrigin(route.origins, visit.request);
  if (refused) return toResponse(refused);
  const pass = await letIn(router, route, visit, []);
  return pass instanceof Response ? pass : ask(pass, shownToRoom(route, visit.request, []));
}

/** What a GRIP application server answers: as an origin behind a proxy. Who is held takes part in its room. */
async function answerByGrip(
  router: Router,
  route: ResolvedRoute,
  target: ResolvedRoom & { grip: ResolvedGrip },
  room: string,
  visit: Visit,
): Promise<Response> {
  const pass = await identify(router, route, visit, []);
  if (pass instanceof Response) return pass;
  if (grantsIn(pass.permissions, room) === null) return refuse('ERR_PERMISSION_DENIED');
  const held = { protocol: 'held', subprotocol: null, echo: false } as const;
  return passToGrip(target, route, gripVisit(visit), async (hold) => {
    const refused = await checkRate(router, route, visit);
    const entry = refused ?? entryTo(room, route, { ...held, hold }, pass, visit.address);
    return entry instanceof Rejected ? toResponse(entry) : openRoom(visit.env.ROOM, room, entry, settingsOf(target));
  });
}

function gripVisit({ request, env, address }: Visit): GripVisit {
  return { request, address, secretOf: (name) => requireSecret(authPort(env), name) };
}

function apiOf({ name, segments, target }: ResolvedRoute): [string, Hono<{ Bindings: ApiPort }>][] {
  if (target.kind !== 'api') return [];
  const base = segments.flatMap((segment) => (segment.kind === 'literal' ? [segment.text] : []));
  return [[name, createApi(`/${base.join('/')}`, target)]];
}

function apiPort(env: Env): ApiPort {
  return { rooms: env.ROOM, secret: (name) => requireSecret(authPort(env), name) };
}
