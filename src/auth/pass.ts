import * as v from 'valibot';
import type { Identity, Permission } from '../config/auth.ts';
import { PermissionSchema } from '../config/auth-schema.ts';
import { Rejected } from '../config/errors.ts';
import { MAX_IDENTITY_BYTES } from '../config/limits.ts';
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
  return isTooLong(pass) ? new Rejected('ERR_IDENTITY_INVALID') : pass;
}

/** Whether it can't be kept, by itself or in the way in which a room keeps it: there each permission names its channels. */
function isTooLong(pass: Pass): boolean {
  const grants = pass.permissions.map(({ channel = '*', allow }) => ({ channel, allow }));
  return [pass, [pass.identity, grants]].some((form) => utf8Length(JSON.stringify(form)) > MAX_IDENTITY_BYTES);
}
