/** The shape of a GRIP target in the route table, and what it means. */
import * as v from 'valibot';
import { withDefaults } from '../util/defaults.ts';
import { EnvironmentVariable } from './auth-schema.ts';
import type { RoomTarget } from './config.ts';
import { DEFAULT_GRIP_LIMITS, GRIP_PROTOCOLS, type GripSettings, type GripTarget, type ResolvedGrip } from './grip.ts';
import { TEMPLATE_PARAM } from './pattern.ts';
import { CHANNEL_ENTRIES, protocolsOf, RoomName } from './room-schema.ts';
import { exact, HttpUrl, text, wholeNumber } from './schema-parts.ts';

const MiB = 1024 * 1024;
const DAY_SECONDS = 24 * 60 * 60;
const optionalUpTo = (max: number, min = 1) => v.optional(wholeNumber(min, max));

/** What is kept in SQLite of one connection has to stay well below the 2 MB that a row may have. */
const LimitsSchema = exact({
  maxBufferBytes: optionalUpTo(MiB / 2),
  maxResponseBytes: optionalUpTo(16 * MiB),
  responseTimeoutMs: optionalUpTo(DAY_SECONDS * 1000),
  maxRejectionBytes: optionalUpTo(16 * MiB),
  minKeepAliveSeconds: optionalUpTo(DAY_SECONDS),
  maxRetries: optionalUpTo(10, 0),
  retryMs: optionalUpTo(60_000),
  retryRandomMs: optionalUpTo(60_000, 0),
  maxHeaderBytes: optionalUpTo(64 * 1024),
  maxMetaBytes: optionalUpTo(64 * 1024),
  maxIdleMessageBytes: optionalUpTo(64 * 1024),
});

export const GripSchema = exact({
  kind: v.literal('grip'),
  url: HttpUrl,
  room: v.optional(RoomName),
  protocols: v.optional(protocolsOf(GRIP_PROTOCOLS)),
  ...CHANNEL_ENTRIES,
  key: v.optional(EnvironmentVariable),
  issuer: v.optional(text('a name, or leave it out')),
  publish: v.optional(EnvironmentVariable),
  limits: v.optional(LimitsSchema),
});

/** The room that a GRIP target is, beside what stands behind it. `name` is that of its route. */
export function gripRoom({ room, protocols = [], namespaces, tokens, api }: GripTarget, name: string): RoomTarget {
  return {
    kind: 'room',
    // A channel's name is the application server's own, whatever stands before a colon in it.
    namespaces: { '*': {}, ...namespaces },
    // One room for all that the path may hold: its parameters must not become those of the room.
    room: room ?? name.replace(TEMPLATE_PARAM, '{$1}'),
    protocols: ['raw', ...protocols],
    ...(tokens && { tokens }),
    ...(api !== undefined && { api }),
  };
}

export function resolveGrip({ url, publish, limits, key, issuer = 'signalbox' }: GripTarget): {
  grip: ResolvedGrip;
  application: GripSettings;
} {
  const resolved = withDefaults(DEFAULT_GRIP_LIMITS, limits ?? {});
  const grip = { url, maxAnswerBytes: resolved.maxResponseBytes, ...(publish !== undefined && { publish }) };
  return { grip, application: { kind: 'grip', key: key ?? null, issuer, limits: resolved } };
}
