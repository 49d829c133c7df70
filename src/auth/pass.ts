import * as v from 'valibot';
import type { Identity, Permission } from '../config/auth.ts';
import { PermissionSchema } from '../config/auth-schema.ts';
import { Rejected } from '../config/errors.ts';
import { EVERYTHING } from '../config/permissions.ts';
import { utf8Length } from '../util/text.ts';

/** What a good credential says: who it is, what they may do, and until when. */
export interface Pass {
  /** Null for somebody who did not have to say. */
  identity: Identity | null;
  permissions: readonly Permission[];
  /** Milliseconds since 1970; null for no end. */
  expiresAt: number | null;
  /** Set where it opens one connection only: what the room remembers it by, and until when (milliseconds since 1970). */
  once: { id: string; until: number } | null;
}

/** What everybody has where a route asks for nothing. */
export const ANYBODY: Pass = { identity: null, permissions: EVERYTHING, expiresAt: null, once: null };

/**
 * Bytes that a pass may be in JSON. It is kept in the socket's attachment, which holds 16,384 bytes with all else that the
 * room knows of the connection.
 */
const MAX_PASS_BYTES = 8192;

const Claims = v.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);
const Permissions = v.array(PermissionSchema);
const UserId = v.pipe(v.string(), v.nonEmpty(), v.maxLength(256));
const Expiry = v.optional(v.pipe(v.number(), v.finite()));

/** What somebody else says of a user, unchecked. */
interface Statement {
  userId: unknown;
  claims: unknown;
  /** Undefined where nothing is said. */
  permissions: unknown;
  /** Seconds since 1970. */
  expires: unknown;
}

/** Checks a statement and makes a pass of it; one that makes no sense is refused, rather than half believed. */
export function toPass(statement: Statement, defaults: readonly Permission[]): Pass | Rejected {
  const userId = v.safeParse(UserId, statement.userId);
  const claims = v.safeParse(Claims, statement.claims);
  const permissions = v.safeParse(v.optional(Permissions, [...defaults]), statement.permissions);
  const expires = v.safeParse(Expiry, statement.expires);
  if (!userId.success || !claims.success || !permissions.success || !expires.success)
    return new Rejected('ERR_IDENTITY_INVALID');
  const pass: Pass = {
    identity: { userId: userId.output, claims: claims.output },
    permissions: permissions.output,
    expiresAt: expires.output === undefined ? null : expires.output * 1000,
    once: null,
  };
  return utf8Length(JSON.stringify(pass)) > MAX_PASS_BYTES ? new Rejected('ERR_IDENTITY_INVALID') : pass;
}
