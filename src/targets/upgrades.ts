import type { Pass } from '../auth/pass.ts';
import { chooseTunnelProtocol } from '../bridge/subprotocol.ts';
import type { ResolvedTunnel } from '../config/bridge.ts';
import type { ResolvedRoom, ResolvedRoute } from '../config/config.ts';
import { Rejected } from '../config/errors.ts';
import { entryTo, settingsOf, shownToRoom } from '../platform/entry.ts';
import { gripUpgrade } from '../platform/grip.ts';
import { openRoom } from '../platform/stub.ts';
import { openTunnel } from '../platform/tunnel-stub.ts';
import { checkRole } from '../protocols/sp/edge.ts';
import { refuse, toResponse } from '../upgrade/reject.ts';
import type { Accepted } from '../upgrade/upgrade.ts';
import type { Router, Visit } from './router.ts';
import { gripVisit, proxyVisit } from './visits.ts';

/** Opens what an upgrade leads to that everything on the ladder lets through. */
export function openTarget(
  router: Router,
  route: ResolvedRoute,
  { offer, subprotocol, protocol, role, room }: Accepted,
  pass: Pass,
  visit: Visit,
): Response | Promise<Response> {
  const { target } = route;
  if (target.kind === 'proxy') return router.proxies.openUpgrade(route, target, proxyVisit(visit, offer, pass));
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
