import type { HostPattern } from './config.ts';

/** What of a request is hashed: its path, or what a header, a cookie or a query parameter of that name holds. */
export type HashKey = 'path' | { header: string } | { cookie: string } | { query: string };

/**
 * What ties a client to an upstream: its address (of IPv6 the /64), or a cookie that the router sets and signs with the
 * secret in the environment variable `secret`. The cookie names an upstream and does not tell its address.
 */
export type StickyKey = 'address' | { cookie: string; secret: string };

/**
 * How an upstream is chosen, each by its weight:
 * - `'round_robin'`: one after the other;
 * - `'random'`: by chance;
 * - `'least_conn'`: the one with the fewest open connections, the first listed of equals; a proxy needs `inspect` for it;
 * - `hash`: by rendezvous hashing, so that an upstream that leaves moves its own keys only;
 * - `sticky`: the same client to the same upstream.
 *
 * A request without what is hashed goes by `'round_robin'`, and so does a client without a good cookie.
 */
export type Policy = 'round_robin' | 'random' | 'least_conn' | { hash: HashKey } | { sticky: StickyKey };

/** How one of several upstreams is chosen, and what becomes of one that fails. All that is counted is so per isolate. */
export interface PoolOptions {
  /** @default 'round_robin' */
  policy?: Policy;
  /** Milliseconds for which an upstream that failed is left out. Then it comes back with one probe. @default 1000 */
  disableMs?: number;
  /** Open connections that one upstream may have from one isolate. A proxy needs `inspect` for it. @default no bound */
  maxConnections?: number;
  /** Milliseconds that an upstream may take to connect (`tunnel`) or to answer the upgrade (`proxy`). @default 8000 */
  connectTimeoutMs?: number;
}

/**
 * A share of the connections, against the other upstreams' weights. 0 for none: the upstream gets nobody new, and keeps
 * those whose cookie names it. @default 1
 */
type Weight = number;

/** WebSocket origins, which get the plain HTTP requests of the route's path too. */
export interface ProxyTarget extends PoolOptions {
  kind: 'proxy';
  /** `http:` or `https:` URLs without a query. The request's path comes behind theirs. */
  pool: readonly (string | { url: string; weight?: Weight })[];
  /** Another head for the path, by whole segments: `{ from: '/live', to: '/' }` makes `/live/a` into `/a`. */
  rewrite?: { from: string; to: string };
  /** A header that tells the origin who asks it, and the environment variable that holds its value. */
  secret?: { header: string; value: string };
  /**
   * Whether the router looks at each message, so that the route's limits on messages hold and connections can be counted.
   * Without it they go through untouched, none of our code runs for them, and nobody here learns of their end.
   * @default false
   */
  inspect?: boolean;
  /**
   * Milliseconds without a message from either side after which the connection is closed; 0 for no end. Needs `inspect`.
   * Pings are not seen, so a quiet client that lives on them would be closed: for that reason the default is none.
   * @default 0
   */
  idleMs?: number;
}

/** A TCP service. One of `pool` and `to`. */
export interface TunnelTarget extends PoolOptions {
  kind: 'tunnel';
  /** Addresses to choose from: names, IPv4, or IPv6 with or without brackets. */
  pool?: readonly { host: string; port: number; weight?: Weight }[];
  /** What each connection may choose by itself, with a signed parameter of its URL. */
  to?: ChosenAddress;
  /** Frames to the client: `'mirror'` sends the kind that the client sent last. @default 'binary' */
  frames?: 'binary' | 'text' | 'mirror';
  /** TLS to the service, whose certificate must name its host, or `serverName`. @default false */
  tls?: boolean | { serverName: string };
  /** Version of the PROXY protocol's header that is sent before the first byte, to say who the client is. @default none */
  proxyProtocol?: 1 | 2;
  /** Milliseconds without a byte in either direction after which the tunnel is closed; 0 for no end. @default 3600000 */
  idleMs?: number;
  /** Milliseconds after which the tunnel is closed, whatever it carries; 0 for no end. @default 0 */
  lifetimeMs?: number;
}

/**
 * Lets the URL say what is dialled: `?to=<host>:<port>&exp=<seconds since 1970>&sig=<signature>`. Only who has the secret
 * can write it, and only what `allow` names is dialled.
 */
export interface ChosenAddress {
  /** The environment variable that holds the secret. */
  secret: string;
  /** `'host:port'`, `'*.example.com:443'` for subdomains at any depth, `'host:8000-8010'`, `'*:22'` for every host. */
  allow: readonly string[];
  /**
   * Whether addresses that are not public may be dialled too, such as 10.0.0.1 or `db.internal`. A name that only
   * resolves to such an address can't be told from others: what the network of the router reaches, it reaches.
   * @default false
   */
  private?: boolean;
}

/** What is chosen from a pool. `key` names it in its pool: the URL, or `host:port` with IPv6 in brackets. */
export interface Upstream {
  key: string;
  weight: number;
}

export interface ProxyUpstream extends Upstream {
  url: string;
}

export interface TunnelUpstream extends Upstream {
  /** Lower case, IPv6 in brackets. */
  host: string;
  port: number;
}

export interface ResolvedPool {
  policy: Policy;
  disableMs: number;
  /** Null for no bound. */
  maxConnections: number | null;
  connectTimeoutMs: number;
}

export interface ResolvedProxy extends ResolvedPool {
  kind: 'proxy';
  pool: readonly ProxyUpstream[];
  rewrite: { from: string; to: string } | null;
  secret: { header: string; value: string } | null;
  inspect: boolean;
  /** 0 for no end. */
  idleMs: number;
}

/** Hosts and ports that may be dialled. */
export interface DialPattern {
  /** Null for every host. */
  host: HostPattern | null;
  /** The first and the last one. */
  ports: readonly [number, number];
}

export interface ResolvedChoice {
  secret: string;
  allow: readonly DialPattern[];
  private: boolean;
}

export type ResolvedTunnel = ResolvedPool &
  Required<Pick<TunnelTarget, 'kind' | 'frames' | 'tls' | 'idleMs' | 'lifetimeMs'>> & {
    proxyProtocol: 1 | 2 | null;
  } & ({ pool: readonly TunnelUpstream[]; to: null } | { pool: null; to: ResolvedChoice });

/**
 * The defaults.
 *
 * - A failed upstream is left out for a second: long enough that a flood does not wait for it, short enough that nobody
 *   notices a restart.
 * - 8 seconds to connect hold three lost SYNs, sent again after 1, 3 and 7 seconds (RFC 6298 section 2).
 */
export const DEFAULT_POOL: ResolvedPool = {
  policy: 'round_robin',
  disableMs: 1000,
  maxConnections: null,
  connectTimeoutMs: 8000,
};

/**
 * An hour of silence: the longest that a standard protocol asks for is half an hour, in a mailbox that waits for mail
 * (RFC 9051 section 5.4), and a client that went without a word must not hold its tunnel for ever. No end for one in use:
 * it would be cut in the middle of what it carries, and a credential that expires ends it anyway.
 */
export const DEFAULT_TUNNEL = { frames: 'binary', tls: false, idleMs: 3_600_000, lifetimeMs: 0 } as const;

/** The most that may be asked for. A timer takes no more milliseconds than 31 bits hold, about 24 days. */
export const MAX_POOL = {
  weight: 1000,
  disableMs: 3_600_000,
  maxConnections: 1_000_000,
  connectTimeoutMs: 60_000,
  timerMs: 2 ** 31 - 1,
};
