/** What a member of a room may do on a channel. */
export const ACTIONS = ['subscribe', 'publish', 'presence', 'history'] as const;
export type Action = (typeof ACTIONS)[number];

/** What somebody may do, and where. Patterns are text in which `*` stands for any run of characters. */
export interface Permission {
  /** Rooms, by name. @default '*' */
  room?: string;
  /** Channels in these rooms. @default '*' */
  channel?: string;
  allow: readonly Action[];
}

/** Who somebody is. */
export interface Identity {
  userId: string;
  /** What else was said of them by whoever vouches for them. Plain JSON. */
  claims: Record<string, unknown>;
}

/**
 * Where a client may put its credential:
 * - `'authorization'`: the header, as `Bearer <token>`;
 * - `'subprotocol'`: an offer `signalbox.bearer.<token in base64url>` in `Sec-WebSocket-Protocol`, beside one that the
 *   route speaks;
 * - a cookie or a query parameter of that name.
 */
export type CredentialSource = 'authorization' | 'subprotocol' | { cookie: string } | { query: string };

/** What an offered subprotocol begins with that is a credential and no subprotocol. */
export const BEARER_OFFER = 'signalbox.bearer.';

/** Signing algorithms of JSON Web Tokens (RFC 7518 section 3.1, RFC 8037). */
export const SECRET_ALGORITHMS = ['HS256'] as const;
export const KEY_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;
export type JwtAlgorithm = (typeof SECRET_ALGORITHMS | typeof KEY_ALGORITHMS)[number];

/**
 * Which JSON Web Tokens (RFC 7519) are good: those signed with a shared secret, or with a key of a key set. One of `secret`
 * and `jwks`.
 */
export interface TokenKeys {
  algorithms: readonly JwtAlgorithm[];
  /** The environment variable that holds the secret, for HS256. */
  secret?: string;
  /** Where the key set is (RFC 7517), for the other algorithms: an `https:` URL, or `http:` on a private network. */
  jwks?: string;
  /** What `iss` must be. @default anything */
  issuer?: string;
  /** What `aud` must be, or hold. @default anything */
  audience?: string;
  /** Seconds by which clocks may differ. @default 5 */
  clockTolerance?: number;
}

/**
 * A JSON Web Token: `sub` is the user id; `permissions`, a list of `Permission`, says what it allows; at `exp` the
 * connection is closed.
 */
export interface JwtAuth extends TokenKeys {
  kind: 'jwt';
  /** @default ['authorization'] */
  from?: readonly CredentialSource[];
  /** What a token allows that does not say so itself. @default everything, in every room of the route */
  permissions?: readonly Permission[];
  /** The claim that says what a token allows, where another use of `permissions` stands in the way. @default 'permissions' */
  permissionsClaim?: string;
}

/** A ticket, minted by the router's API (`api` target) for whoever holds an API key. */
export interface TicketAuth {
  kind: 'ticket';
  /** The environment variable that holds the secret with which tickets are signed. */
  secret: string;
  /** Whether a ticket opens one connection only. @default false */
  once?: boolean;
  /** @default ['authorization'] */
  from?: readonly CredentialSource[];
}

/**
 * Asks an HTTP origin. 2xx lets the client in, with `Signalbox-User`, `Signalbox-Permissions` (a list of `Permission` in
 * JSON), `Signalbox-Claims` (an object in JSON) and `Signalbox-Expires` (seconds since 1970) of the answer. 401 and 403 go to
 * the client as they are. Anything else is 502, no answer in time 504.
 */
export interface ForwardAuth {
  kind: 'forward';
  url: string;
  /** @default 'GET' */
  method?: 'GET' | 'POST';
  /** Headers of the client that the origin gets to see. @default ['Authorization', 'Cookie'] */
  headers?: readonly string[];
  /** Where a credential may be that the origin gets as `Authorization: Bearer`. @default [], nowhere */
  from?: readonly CredentialSource[];
  /** Milliseconds that the origin may take. @default 5000 */
  timeoutMs?: number;
  /** What a client may do of whom the origin says no `Signalbox-Permissions`. @default everything, in every room of the route */
  permissions?: readonly Permission[];
}

/**
 * The tokens that Centrifugo's clients show in a room, once they are connected: connection tokens and subscription tokens
 * (https://centrifugal.dev/docs/server/authentication, https://centrifugal.dev/docs/server/channel_token_auth), and those
 * that replace them.
 */
export interface MemberTokens extends TokenKeys {
  /** Whether a client of whom the edge does not know who it is has to show one. @default true */
  required?: boolean;
  /** What a connection token allows that does not say so itself. @default everything */
  permissions?: readonly Permission[];
}

/** What a good token says. */
export interface TokenStatement {
  /** All of it (RFC 7519 section 4). */
  claims: Readonly<Record<string, unknown>>;
  /** Until when it is good, in milliseconds since 1970; null for no end. */
  expiresAt: number | null;
}

/** Why a token is no good: its time is over, it is not good here at all, or nobody can tell right now. */
export type TokenFault = 'expired' | 'invalid' | 'unavailable';

/** How clients of a route show who they are. */
export type Auth = JwtAuth | TicketAuth | ForwardAuth;

/** What has no default of a rule about tokens. */
type Unset = 'secret' | 'jwks' | 'issuer' | 'audience';
type Resolved<T extends TokenKeys> = Required<Omit<T, Unset>> & Pick<T, Unset>;

export type ResolvedKeys = Resolved<TokenKeys>;
export type ResolvedTokens = Resolved<MemberTokens>;
export type ResolvedAuth = Resolved<JwtAuth> | Required<TicketAuth> | Required<ForwardAuth>;
