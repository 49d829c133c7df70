import { withDefaults } from '../util/defaults.ts';
import { toHost } from '../util/host.ts';
import {
  type ChosenAddress,
  DEFAULT_POOL,
  DEFAULT_TUNNEL,
  type PoolOptions,
  type ProxyTarget,
  type ResolvedChoice,
  type ResolvedPool,
  type ResolvedProxy,
  type ResolvedTunnel,
  type TunnelTarget,
} from './bridge.ts';
import { parseDialPattern } from './dial-pattern.ts';

type ProxyEntry = ProxyTarget['pool'][number];
type TunnelEntry = NonNullable<TunnelTarget['pool']>[number];

/** What names a WebSocket origin: its URL, in one spelling. */
export function urlKey(entry: ProxyEntry): string {
  const url = typeof entry === 'string' ? entry : entry.url;
  return URL.canParse(url) ? new URL(url).href : url;
}

/** What names a TCP service: `host:port`, in one spelling. */
export function hostPortKey({ host, port }: TunnelEntry): string {
  return `${spelled(host)}:${port}`;
}

function spelled(host: string): string {
  return toHost(host)?.text ?? host;
}

function resolvePool({ policy, disableMs, maxConnections, connectTimeoutMs }: PoolOptions): ResolvedPool {
  return withDefaults(DEFAULT_POOL, { policy, disableMs, maxConnections, connectTimeoutMs });
}

/** Fills in the defaults. */
export function resolveProxy(target: ProxyTarget): ResolvedProxy {
  const { kind, pool, rewrite = null, secret = null, inspect = false, idleMs = 0 } = target;
  const upstreams = pool.map((entry) => {
    const { url, weight = 1 } = typeof entry === 'string' ? { url: entry } : entry;
    return { key: urlKey(entry), url, weight };
  });
  return { kind, pool: upstreams, ...resolvePool(target), rewrite, secret, inspect, idleMs };
}

/** Fills in the defaults. */
export function resolveTunnel(target: TunnelTarget): ResolvedTunnel {
  const { kind, pool = [], to, frames, tls, idleMs, lifetimeMs, proxyProtocol = null } = target;
  const common = {
    ...resolvePool(target),
    ...withDefaults(DEFAULT_TUNNEL, { frames, tls, idleMs, lifetimeMs }),
    kind,
    proxyProtocol,
  };
  if (to !== undefined) return { ...common, pool: null, to: resolveChoice(to) };
  const upstreams = pool.map((entry) => {
    const { host, port, weight = 1 } = entry;
    return { key: hostPortKey(entry), host: spelled(host), port, weight };
  });
  return { ...common, pool: upstreams, to: null };
}

function resolveChoice({ secret, allow, private: inside = false }: ChosenAddress): ResolvedChoice {
  const patterns = allow.map(parseDialPattern).filter((pattern) => typeof pattern !== 'string');
  return { secret, allow: patterns, private: inside };
}

/** The environment variables that a target names. */
export function bridgeSecrets(target: ResolvedProxy | ResolvedTunnel): (string | undefined)[] {
  const { policy } = target;
  const sticky = typeof policy === 'object' && 'sticky' in policy && policy.sticky !== 'address' ? policy.sticky : null;
  return [sticky?.secret, target.kind === 'proxy' ? target.secret?.value : target.to?.secret];
}
