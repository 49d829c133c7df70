import type { Auth, MemberTokens, ResolvedAuth, ResolvedTokens } from './auth.ts';
import type { ProxyTarget, ResolvedProxy, ResolvedTunnel, TunnelTarget } from './bridge.ts';
import type { ChannelOptions, Namespaces } from './channels.ts';
import type { GripSettings, GripTarget, ResolvedGrip } from './grip.ts';
import type { Limits } from './limits.ts';
import type { ResolvedRoomOrigin, RoomOrigin } from './room-origin.ts';

/** How clients of a room talk. */
export const ROOM_PROTOCOLS = ['raw', 'centrifugo', 'sse', 'sp'] as const;
export type RoomProtocolName = (typeof ROOM_PROTOCOLS)[number];

/**
 * How one connection talks. `sp` has two more forms: that of PAIR1, whose messages have a header, and text for pages.
 * `application` is for what the application behind a room talks with its own connections, and `held` for requests that it
 * has held open.
 */
export type SpokenProtocol = RoomProtocolName | 'sp_pair1' | 'sp_text' | 'application' | 'held';

/** What a room has for WebSockets below a route's path. Where it speaks `raw` and `sp`, both are at `raw`. */
export type SocketMount = 'raw' | 'centrifugo' | 'sp';

/** What it has for clients that read a streaming answer instead: two transports of Centrifugo's, and `EventSource`. */
export type StreamMount = 'http_stream' | 'centrifugo_sse' | 'sse';

/**
 * All that a room has: `emulation` is where clients of Centrifugo's streams send to, `api` its server API, `publish` where a
 * GRIP application server publishes: libraries do so with a slash at the end.
 */
export type Mount = SocketMount | StreamMount | 'emulation' | 'api' | 'publish' | 'publish/';

/** The pages that the router can serve by itself: the chat, and one for each of the plug-ins that are examples. */
export const PAGES = ['chat', 'echo', 'dumb-increment', 'counter', 'cursors', 'tictactoe'] as const;
export type PageName = (typeof PAGES)[number];

/** A Durable Object that fans out what its members send. */
export interface RoomTarget {
  kind: 'room';
  /**
   * The room's name: text with `:param` of the route's path in it, such as `':room'` or `'games/:room'`.
   * Routes whose names come out the same lead to the same room. A client can't write a `/` into a parameter (it arrives
   * as `%2F`), so `games/:room` keeps a set of rooms apart from those of a route with plain `:room`.
   */
  room: string;
  /**
   * How its clients may talk, each below the route's path: `raw` and `sp`, the scalability protocols of nanomsg and nng,
   * at the path itself, told apart by the subprotocol; `centrifugo` at `/connection/websocket`, `/connection/http_stream`,
   * `/connection/sse` and `/emulation` below it; `sse`, for `EventSource`, at `/sse`.
   * @default ['raw']
   */
  protocols?: readonly RoomProtocolName[];
  /**
   * The environment variable that holds the keys of the room's server API, separated by commas: Centrifugo's, at `/api/*`
   * below the route's path. Without it there is none.
   */
  api?: string;
  /**
   * How its channels behave, by namespace: by what stands before the first `:` in a channel's name. `''` is for names
   * without one, and is there with the defaults where it is left out; `'*'` is for those that are not here, whose channels
   * can't be used without it. Routes that lead to one room should say the same: the room goes by who came last.
   */
  namespaces?: Readonly<Record<string, Partial<ChannelOptions>>>;
  /**
   * How tokens are checked that Centrifugo's clients show once they are connected: who they are, and which channels they
   * may subscribe to. Without it nobody looks at them.
   */
  tokens?: MemberTokens;
  /** Whether who sends a message gets it back too. @default false */
  echo?: boolean;
  /**
   * The plug-in that runs in the room, by the name under which src/plugins.ts has it. It takes the place of `raw`: the
   * connections at the route's path are its own.
   */
  plugin?: string;
  /**
   * The WebSocket origin behind the room, or its URL: one connection for all members. What it sends is published on the
   * room's default channel, and what members publish there goes to it instead. A room has a plug-in or an origin, not both.
   */
  origin?: string | RoomOrigin;
}

/** One of the router's own pages, over plain HTTP. */
export interface PageTarget {
  kind: 'page';
  page: PageName;
}

/**
 * The router's HTTP API, for operators and application servers: below the route's path, which ends in `/*` and has no
 * parameters. docs/api.md lists what it answers.
 */
export interface ApiTarget {
  kind: 'api';
  /** The environment variable that holds the API keys, separated by commas. */
  keys: string;
  /** The environment variable that holds the secret with which tickets are signed. Without it none are minted. */
  tickets?: string;
}

export type Target = RoomTarget | ProxyTarget | TunnelTarget | GripTarget | PageTarget | ApiTarget;

/**
 * Which pages may connect: `'same'` (the Origin's host and port are the request's own), `'any'`, or a list of exact
 * origins and patterns. `https://*.example.com` takes subdomains at any depth and not `https://example.com` itself.
 * `null` never matches a list.
 */
export type AllowedOrigins = 'same' | 'any' | readonly string[];

/** One row of the route table. Plain data: all of it could be JSON. */
export interface Route {
  /** Names the route in logs. @default host and path */
  name?: string;
  /** `'chat.example.com'`, or `'*.example.com'` for its subdomains. Without it every host. Compared without case. */
  host?: string;
  /** Segments: literal, `:param`, or `*` at the end for any rest. `/text` does not take `/textual`. */
  path: string;
  target: Target;
  /**
   * Which pages may connect. A request without an Origin comes from no browser and is allowed, unless the long form
   * says `missing: 'deny'`.
   * @default 'same'
   */
  origins?: AllowedOrigins | { allow: AllowedOrigins; missing?: 'allow' | 'deny' };
  /** Subprotocols, the preferred one first. Where given, an upgrade must offer one of them. */
  protocols?: readonly string[];
  limits?: Partial<Limits>;
  /** How clients show who they are. Without it everybody may connect, and do everything. */
  auth?: Auth;
  /**
   * How an upgrade is refused with 401, 403 or 429: as HTTP, or by accepting it and closing it at once with 4401, 4403 or
   * 4429 and the error's code as the reason. Pages can't see the status of a refused upgrade, but they see a close.
   * @default 'http'
   */
  refuse?: 'http' | 'close';
}

/** What becomes of a request that no route takes: another site answers it (over HTTP only), or 404. */
export type Fallback = { kind: 'http'; origin: string } | { kind: 'none' };

export interface RouteTable {
  routes: readonly Route[];
  /** @default { kind: 'none' } */
  fallback?: Fallback;
}

/** Checks the types of a route table where it is written. What it means is checked at start-up, by `parseConfig`. */
export function defineConfig<const T extends RouteTable>(table: T): T {
  return table;
}

/** A segment of a path pattern. `rest` can only be the last one. */
export type Segment = { kind: 'literal'; text: string } | { kind: 'param'; name: string } | { kind: 'rest' };

export interface HostPattern {
  /** Whether it takes the subdomains of `name` instead of `name` itself. */
  wildcard: boolean;
  /** Lower case. */
  name: string;
}

export interface OriginPattern {
  scheme: string;
  wildcard: boolean;
  host: string;
  port: string;
}

/** A route as the router works with it: patterns taken apart, every default filled in. */
export interface ResolvedRoute {
  name: string;
  host: HostPattern | null;
  segments: readonly Segment[];
  target: ResolvedTarget;
  origins: { allow: 'same' | 'any' | readonly OriginPattern[]; missing: 'allow' | 'deny' };
  /** Empty where the route demands none. */
  protocols: readonly string[];
  limits: Limits;
  /** Null where everybody may connect. */
  auth: ResolvedAuth | null;
  /** What is at this path of a room's: how clients talk there, or its server API; null where the target is no room. */
  mount: Mount | null;
  refuse: 'http' | 'close';
}

/** A room as the router works with it. */
export type ResolvedRoom = Required<Omit<RoomTarget, 'namespaces' | 'tokens' | 'api' | 'plugin' | 'origin'>> &
  Pick<RoomTarget, 'api'> &
  RoomSettings & {
    /** Whether what stands behind the room answers requests that are no upgrades. */
    answersHttp: boolean;
    /** Null where no GRIP application server does. */
    grip: ResolvedGrip | null;
  };

/** What a room has to know of its route, also when it wakes up by itself. Plain data. */
export interface RoomSettings {
  namespaces: Namespaces;
  /** Null where nobody looks at tokens. */
  tokens: ResolvedTokens | null;
  /** What stands behind the room; null where its members have it for themselves. */
  application: ApplicationSettings | null;
}

/** What has a say in a room beside its members. */
export type ApplicationSettings = { kind: 'plugin'; name: string } | ResolvedRoomOrigin | GripSettings;

export type ResolvedTarget = ResolvedRoom | ResolvedProxy | ResolvedTunnel | PageTarget | ApiTarget;

/** The route table, parsed. The routes are ordered: the first that matches is the most specific. */
export interface Config {
  routes: readonly ResolvedRoute[];
  fallback: Fallback;
}
