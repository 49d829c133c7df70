/** The shape of a route table, as a schema: everything that can be said of one row by itself. */
import * as v from 'valibot';
import { isToken } from '../util/header-list.ts';
import { BEARER_OFFER } from './auth.ts';
import { AuthSchema, EnvironmentVariable } from './auth-schema.ts';
import { limitMistakes, missesPath, ProxySchema, TunnelSchema } from './bridge-schema.ts';
import {
  type Fallback,
  PAGES,
  ROOM_PROTOCOLS,
  type RoomTarget,
  type Route,
  type Segment,
  type Target,
} from './config.ts';
import type { GripTarget } from './grip.ts';
import { GripSchema } from './grip-schema.ts';
import { MAX_LIMITS, resolveLimits } from './limits.ts';
import { mountsOf } from './mounts.ts';
import { paramNames, parseHost, parseOriginPattern, parsePath, templateParams } from './pattern.ts';
import { originMistakes } from './room-origin-schema.ts';
import { RoomSchema, tokenMistakes } from './room-schema.ts';
import { at, exact, HttpOrigin, parsed, someOf, text, wholeNumber } from './schema-parts.ts';

function isUnique(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}

const TargetSchema = v.variant('kind', [
  RoomSchema,
  ProxySchema,
  TunnelSchema,
  GripSchema,
  exact({ kind: v.literal('page'), page: v.picklist(PAGES) }),
  exact({ kind: v.literal('api'), keys: EnvironmentVariable, tickets: v.optional(EnvironmentVariable) }),
]);

const AllowedOrigins = v.lazy((input) =>
  Array.isArray(input) ? someOf(parsed(parseOriginPattern)) : v.picklist(['same', 'any']),
);

const Origins = v.lazy((input) =>
  typeof input === 'object' && input !== null && !Array.isArray(input)
    ? exact({ allow: AllowedOrigins, missing: v.optional(v.picklist(['allow', 'deny'])) })
    : AllowedOrigins,
);

const Protocols = v.pipe(
  someOf(
    parsed((name) => {
      if (name.startsWith(BEARER_OFFER)) return `may not begin with "${BEARER_OFFER}", which marks a credential`;
      return isToken(name) || "must be a token: letters, digits and !#$%&'*+-.^_`|~";
    }),
  ),
  v.check((names) => isUnique(names), 'must not name a subprotocol twice'),
);

const LimitsSchema = v.pipe(
  exact({
    maxMessageBytes: v.optional(wholeNumber(1, MAX_LIMITS.maxMessageBytes)),
    messagesPerSecond: v.optional(wholeNumber(1, MAX_LIMITS.messagesPerSecond)),
    messageBurst: v.optional(wholeNumber(1, MAX_LIMITS.messageBurst)),
    bytesPerSecond: v.optional(wholeNumber(1, MAX_LIMITS.bytesPerSecond)),
    overRate: v.optional(v.picklist(['close', 'drop'])),
    maxConnections: v.optional(wholeNumber(1, MAX_LIMITS.maxConnections)),
    maxConnectionsPerUser: v.optional(wholeNumber(1, MAX_LIMITS.maxConnectionsPerUser)),
    maxConnectionsPerAddress: v.optional(wholeNumber(1, MAX_LIMITS.maxConnectionsPerAddress)),
    maxBufferedBytes: v.optional(wholeNumber(1, MAX_LIMITS.maxBufferedBytes)),
    upgradesPerMinute: v.optional(wholeNumber(1, MAX_LIMITS.upgradesPerMinute)),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.issues) return;
    const { messagesPerSecond, messageBurst, bytesPerSecond, maxMessageBytes } = resolveLimits(dataset.value);
    if (messageBurst > 10 * messagesPerSecond) {
      const message = 'is more than ten seconds of messagesPerSecond: lower it, or raise the other';
      addIssue({ message, path: [at(dataset.value, 'messageBurst')] });
    }
    if (maxMessageBytes > 10 * bytesPerSecond) {
      const message = 'is more than ten seconds of bytesPerSecond: lower it, or raise the other';
      addIssue({ message, path: [at(dataset.value, 'maxMessageBytes')] });
    }
  }),
);

/** Whether a room has something that the path leaves no place for. */
function hasNoPlace(target: RoomTarget | GripTarget, segments: readonly Segment[]): boolean {
  if (target.kind !== 'room' || segments.at(-1)?.kind !== 'rest') return false;
  return mountsOf({ protocols: ['raw'], ...target }).some((mount) => mount !== 'raw' && mount !== 'sp');
}

/** What a room, or what is one, says of itself that can't be meant. */
function roomMistakes(target: Target, hasAuth: boolean): { key: string; message: string }[] {
  if (target.kind === 'room') return [...tokenMistakes(target, hasAuth), ...originMistakes(target)];
  // Its own clients are the application server's to let in or not.
  return target.kind === 'grip' ? tokenMistakes({ ...target, protocols: target.protocols ?? [] }, hasAuth) : [];
}

/** One route: `Route`, checked. */
export const RouteSchema: v.GenericSchema<unknown, Route> = v.pipe(
  exact({
    name: v.optional(text('a name, or leave it out')),
    host: v.optional(parsed(parseHost)),
    path: parsed(parsePath),
    target: TargetSchema,
    origins: v.optional(Origins),
    protocols: v.optional(Protocols),
    limits: v.optional(LimitsSchema),
    auth: v.optional(AuthSchema),
    refuse: v.optional(v.picklist(['http', 'close'])),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { path, target } = dataset.value;
    const segments = parsePath(path);
    if ((target.kind !== 'room' && target.kind !== 'grip') || typeof segments === 'string') return;
    if (hasNoPlace(target, segments)) {
      const message =
        'ends in "*", below which there is no place for what this room has beside "raw" and "sp": name the segments';
      addIssue({ message, path: [at(dataset.value, 'path')] });
    }
    const unknown = templateParams(target.room ?? '').find((name) => !paramNames(segments).includes(name));
    if (unknown === undefined) return;
    const message = `takes ":${unknown}" from the path, which has no such parameter: add it there or correct the name`;
    addIssue({ message, path: [at(dataset.value, 'target'), at(target, 'room')] });
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { target, auth } = dataset.value;
    for (const { key, message } of roomMistakes(target, auth !== undefined))
      addIssue({ message, path: [at(dataset.value, 'target'), at(target, key)] });
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.value.target.kind !== 'proxy') return;
    const { path, target } = dataset.value;
    if (target.rewrite === undefined || !missesPath(target.rewrite.from, path)) return;
    const message = 'is not the head of any path that the route takes: write the first segments of "path"';
    addIssue({ message, path: [at(dataset.value, 'target'), at(target, 'rewrite'), at(target.rewrite, 'from')] });
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { limits = {} } = dataset.value;
    for (const { key, message } of limitMistakes(dataset.value))
      addIssue({ message, path: [at(dataset.value, 'limits'), at(limits, key)] });
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.value.target.kind === 'room') return;
    const { auth } = dataset.value;
    if (auth?.kind !== 'ticket' || !auth.once) return;
    const message = 'needs a room, which remembers the tickets that were used: nothing else does';
    addIssue({ message, path: [at(dataset.value, 'auth'), at(auth, 'once')] });
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.value.target.kind !== 'api' || /^(\/[^/:*]+)+\/\*$/.test(dataset.value.path)) return;
    addIssue({
      message: 'of an API must be text that ends in "/*", such as "/admin/*"',
      path: [at(dataset.value, 'path')],
    });
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.value.protocols || !dataset.value.auth?.from?.includes('subprotocol')) return;
    // Browsers fail a connection of which they offered subprotocols and got none.
    const message = 'takes credentials from a subprotocol, so the route needs "protocols" that clients offer beside it';
    addIssue({ message, path: [at(dataset.value, 'auth'), at(dataset.value.auth, 'from')] });
  }),
);

const FallbackSchema: v.GenericSchema<unknown, Fallback> = v.variant('kind', [
  exact({ kind: v.literal('http'), origin: HttpOrigin }),
  exact({ kind: v.literal('none') }),
]);

/** The table around its routes, which are checked one by one: a mistake in one must not hide those in another. */
export const TableSchema = exact({
  routes: v.pipe(v.array(v.unknown()), v.minLength(1, 'must not be empty: write at least one route')),
  fallback: v.optional(FallbackSchema),
});

/** What a row has to say of itself to be compared with others, whatever else is wrong with it. */
export const PlaceSchema = v.object({
  name: v.optional(v.string()),
  host: v.optional(parsed(parseHost)),
  path: parsed(parsePath),
  target: v.object({
    kind: v.string(),
    protocols: v.optional(v.array(v.picklist(ROOM_PROTOCOLS))),
    api: v.optional(v.string()),
    publish: v.optional(v.string()),
  }),
});
