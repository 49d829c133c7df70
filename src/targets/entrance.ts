import { ANYBODY, type Pass } from '../auth/pass.ts';
import type { ResolvedRoute } from '../config/config.ts';
import { Rejected } from '../config/errors.ts';
import { canonicalName, grantsIn } from '../config/permissions.ts';
import { keyOf } from '../platform/entry.ts';
import { countUpgrade } from '../platform/rate-limit.ts';
import { authPort } from '../platform/secrets.ts';
import { refuse, toResponse } from '../upgrade/reject.ts';
import type { Router, Visit } from './router.ts';

/** The rungs of every way in: how many come from one address, and who they are. */
export async function letIn(
  router: Router,
  route: ResolvedRoute,
  visit: Visit,
  offer: readonly string[],
): Promise<Pass | Response> {
  const refused = await checkRate(router, route, visit);
  return refused ? toResponse(refused) : identify(router, route, visit, offer);
}

export async function checkRate(
  { limiter }: Router,
  route: ResolvedRoute,
  { env, address }: Visit,
): Promise<Rejected | null> {
  return limiter.check(route, address, Date.now()) ?? (await countUpgrade(env.UPGRADES, keyOf(address)));
}

/** Who is asking, or the answer to somebody who may not. */
export async function identify(
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
