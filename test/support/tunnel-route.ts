import type { Limits } from '../../src/config/limits.ts';
import { type Router, startRouter } from './router.ts';
import { SECRETS } from './tokens-for-table.ts';

/** A router with one more route, which is a tunnel. */
export interface TunnelRoute {
  router: Router;
  url: string;
}

/** Starts one that leads to a port of loopback, for pages of every origin. */
export async function startTunnelTo(port: number, limits: Partial<Limits> = {}): Promise<TunnelRoute> {
  const target = { kind: 'tunnel', pool: [{ host: '127.0.0.1', port }] };
  const route = { path: '/to-loopback', target, limits, origins: 'any' };
  const router = await startRouter('test', { ...SECRETS, ROUTES: JSON.stringify([route]) });
  return { router, url: `ws://${router.host}${route.path}` };
}
