import type { Hono } from 'hono';
import type { ApiPort } from '../api/api.ts';
import type { Authenticator } from '../auth/auth.ts';
import { requireSecret } from '../auth/ports.ts';
import type { Config } from '../config/config.ts';
import type { Proxies } from '../platform/proxy.ts';
import { authPort } from '../platform/secrets.ts';
import type { Rooms } from '../platform/stub.ts';
import type { Tunnels } from '../platform/tunnel-stub.ts';
import type { UpgradeLimiter } from '../upgrade/limiter.ts';

/** What the deployment binds (wrangler.toml), and the secrets that the route table names. */
export interface Env {
  ROOM: Rooms;
  TUNNEL: Tunnels;
  UPGRADES?: RateLimit;
  [secret: string]: unknown;
}

/** A request on its way through the router. */
export interface Visit {
  request: Request;
  env: Env;
  /** The client's address; null where the runtime does not tell. */
  address: string | null;
}

/** What a router keeps between requests. */
export interface Router {
  config: Config;
  limiter: UpgradeLimiter;
  /** Counts messages for connections that are not there. */
  strays: UpgradeLimiter;
  authenticator: Authenticator;
  proxies: Proxies;
  /** The APIs of the table, by the route's name. */
  apis: Map<string, Hono<{ Bindings: ApiPort }>>;
}

/** What the router's APIs need of the deployment. */
export function apiPort(env: Env): ApiPort {
  return { rooms: env.ROOM, secret: (name) => requireSecret(authPort(env), name) };
}
