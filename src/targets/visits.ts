import type { Pass } from '../auth/pass.ts';
import { requireSecret } from '../auth/ports.ts';
import type { GripVisit } from '../platform/grip.ts';
import type { ProxyVisit } from '../platform/proxy.ts';
import { authPort } from '../platform/secrets.ts';
import type { Visit } from './router.ts';

/** A visit as the proxies see it. */
export function proxyVisit(
  { request, env, address }: Visit,
  offer: readonly string[],
  { expiresAt }: Pass,
): ProxyVisit {
  return { request, address, offer, expiresAt, secretOf: (name) => requireSecret(authPort(env), name) };
}

/** The same for GRIP application servers. */
export function gripVisit({ request, env, address }: Visit): GripVisit {
  return { request, address, secretOf: (name) => requireSecret(authPort(env), name) };
}
