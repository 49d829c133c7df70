import { matchesPattern } from '../util/glob.ts';
import { encodeSegment } from '../util/text.ts';
import { ACTIONS, type Action, type Permission } from './auth.ts';

/** What a connection may do in its room: on the channels that a pattern takes, these actions. */
export type Grants = readonly { readonly channel: string; readonly allow: readonly Action[] }[];

/** What somebody may do who did not have to say who they are. */
export const EVERYTHING: readonly Permission[] = [{ allow: ACTIONS }];

/** What room names are made of: unreserved characters, escapes, and `/`. Everything else stands in them escaped. */
const OTHER_CHARACTERS = /[^A-Za-z0-9\-_.!~'()%/]/gu;

/**
 * A room's name as the router writes it. Escapes are left as they are and never undone, so no spelling of one name is
 * another one's.
 */
export function canonicalName(name: string): string {
  return name
    .toWellFormed()
    .replace(OTHER_CHARACTERS, encodeSegment)
    .replace(/%(?![0-9a-f]{2})/gi, '%25')
    .replace(/%[0-9a-f]{2}/gi, (byte) => byte.toUpperCase());
}

/** A pattern of room names as the router writes them. A `*` that is part of a name is written `%2A`. */
export function canonicalPattern(pattern: string): string {
  return pattern.split('*').map(canonicalName).join('*');
}

/** What of `permissions` holds in a room; null where nothing does. */
export function grantsIn(permissions: readonly Permission[], room: string): Grants | null {
  const grants = permissions
    .filter(
      (permission) => permission.allow.length > 0 && matchesPattern(canonicalPattern(permission.room ?? '*'), room),
    )
    .map(({ channel = '*', allow }) => ({ channel, allow }));
  return grants.length > 0 ? grants : null;
}

export function may(grants: Grants, action: Action, channel: string): boolean {
  return grants.some((grant) => grant.allow.includes(action) && matchesPattern(grant.channel, channel));
}
