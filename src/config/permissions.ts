import { matchesPattern } from '../util/glob.ts';
import { decodeSegment } from '../util/text.ts';
import { ACTIONS, type Action, type Permission } from './auth.ts';

/** What a connection may do in its room: on the channels that a pattern takes, these actions. */
export type Grants = readonly { readonly channel: string; readonly allow: readonly Action[] }[];

/** What somebody may do who did not have to say who they are. */
export const EVERYTHING: readonly Permission[] = [{ allow: ACTIONS }];

/**
 * A room's name, or a pattern of names, as the router writes it: each segment percent-encoded in one way. A `/` within a
 * segment is written `%2F`.
 */
export function canonicalName(name: string): string {
  const segments = name.toWellFormed().split('/');
  return segments.map((segment) => encodeURIComponent(decodeSegment(segment) ?? segment)).join('/');
}

/** What of `permissions` holds in a room; null where nothing does. */
export function grantsIn(permissions: readonly Permission[], room: string): Grants | null {
  const grants = permissions
    .filter((permission) => permission.allow.length > 0 && matchesPattern(canonicalName(permission.room ?? '*'), room))
    .map(({ channel = '*', allow }) => ({ channel, allow }));
  return grants.length > 0 ? grants : null;
}

export function may(grants: Grants, action: Action, channel: string): boolean {
  return grants.some((grant) => grant.allow.includes(action) && matchesPattern(grant.channel, channel));
}
