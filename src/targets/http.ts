import { passPublish } from '../api/grip-publish.ts';
import { answerServerApi } from '../api/server-api.ts';
import { ANYBODY, type Pass } from '../auth/pass.ts';
import type { ResolvedRoom, ResolvedRoute } from '../config/config.ts';
import { Rejected } from '../config/errors.ts';
import type { ResolvedGrip } from '../config/grip.ts';
import type { RouteMatch } from '../config/match.ts';
import { hasKeys, isPublishMount } from '../config/mounts.ts';
import { grantsIn } from '../config/permissions.ts';
import { servePage } from '../pages/pages.ts';
import { askRoomFor, entryTo, settingsOf, shownToRoom } from '../platform/entry.ts';
import { passToGrip } from '../platform/grip.ts';
import { openRoom } from '../platform/stub.ts';
import { checkOrigin } from '../upgrade/origin.ts';
import { refuse, toResponse } from '../upgrade/reject.ts';
import { roomName } from '../upgrade/room-name.ts';
import { checkRate, identify, letIn } from './entrance.ts';
import { apiPort, type Router, type Visit } from './router.ts';
import { gripVisit, proxyVisit } from './visits.ts';

/** Whether a route's target also takes requests that are no upgrades. */
export function speaksHttp({ target, mount }: ResolvedRoute): boolean {
  if (target.kind === 'room') return mount !== null && (hasKeys(mount) || (mount === 'raw' && target.answersHttp));
  return target.kind !== 'tunnel';
}

/** Answers a request that is no upgrade, and is not meant to be one. */
export async function answerHttp(router: Router, { route, params }: RouteMatch, visit: Visit): Promise<Response> {
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
