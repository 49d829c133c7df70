import * as v from 'valibot';
import type { TokenFault, TokenStatement } from '../../config/auth.ts';
import { PermissionSchema } from '../../config/auth-schema.ts';
import { Channel } from './codec.ts';

/** How long a client has to show a new token after its old one has expired, in milliseconds: as long as in Centrifugo. */
const REFRESH_GRACE_MS = 25_000;

const User = v.optional(v.pipe(v.string(), v.maxLength(256)), '');

/** What a connection token claims (https://centrifugal.dev/docs/server/authentication#connection-jwt-claims). */
const ConnectionClaims = v.looseObject({
  sub: User,
  /** A token for a channel lets nobody into the room. */
  channel: v.optional(v.never()),
  channels: v.optional(v.array(Channel), []),
  subs: v.optional(v.record(Channel, v.object({ info: v.optional(v.unknown()) })), {}),
  permissions: v.optional(v.array(PermissionSchema)),
});

/** What a subscription token claims (https://centrifugal.dev/docs/server/channel_token_auth#subscription-jwt-claims). */
const SubscriptionClaims = v.object({ sub: User, channel: Channel, info: v.optional(v.unknown()) });

export interface ConnectionToken {
  userId: string;
  /** What else is said of the user: `info` is what others get to see. */
  claims: Record<string, unknown>;
  permissions: v.InferOutput<typeof ConnectionClaims>['permissions'];
  /** The channels that the client is put on, and what others get to know of it there. */
  channels: { channel: string; info?: unknown }[];
  /** Milliseconds since 1970; null for no end. */
  expiresAt: number | null;
}

export interface SubscriptionToken {
  userId: string;
  channel: string;
  info?: unknown;
  /** Milliseconds since 1970; null for no end. */
  expiresAt: number | null;
}

/** Until when what a token allows goes on. Null for no end. */
export function withGrace(expiresAt: number | null): number | null {
  return expiresAt === null ? null : expiresAt + REFRESH_GRACE_MS;
}

export function readConnectionToken({ claims, expiresAt }: TokenStatement): ConnectionToken | TokenFault {
  const parsed = v.safeParse(ConnectionClaims, claims);
  if (!parsed.success) return 'invalid';
  const { sub, channel: _, channels, subs, permissions, ...rest } = parsed.output;
  const named = Object.entries(subs).map(([channel, { info }]) =>
    info === undefined ? { channel } : { channel, info },
  );
  const others = [...new Set(channels)]
    .filter((channel) => !Object.hasOwn(subs, channel))
    .map((channel) => ({ channel }));
  return { userId: sub, claims: withoutRegistered(rest), permissions, channels: [...named, ...others], expiresAt };
}

export function readSubscriptionToken({ claims, expiresAt }: TokenStatement): SubscriptionToken | TokenFault {
  const parsed = v.safeParse(SubscriptionClaims, claims);
  if (!parsed.success) return 'invalid';
  const { sub, channel, info } = parsed.output;
  return { userId: sub, channel, ...(info === undefined ? {} : { info }), expiresAt };
}

/** What is said of the token and not of the user (RFC 7519 section 4.1). */
function withoutRegistered({ exp, nbf, iat, jti, ...rest }: Record<string, unknown>): Record<string, unknown> {
  return rest;
}
