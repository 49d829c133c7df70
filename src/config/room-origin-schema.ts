/** The shape of what a room says of its origin, as a schema. */
import * as v from 'valibot';
import { withDefaults } from '../util/defaults.ts';
import { isToken } from '../util/header-list.ts';
import { SecretHeader, Timer } from './bridge-schema.ts';
import type { RoomTarget } from './config.ts';
import { templateParams } from './pattern.ts';
import {
  DEFAULT_ROOM_ORIGIN,
  MAX_ROOM_ORIGIN,
  type ResolvedRoomOrigin,
  type RoomOrigin,
  splitUrl,
} from './room-origin.ts';
import { at, exact, parsed, text, wholeNumber } from './schema-parts.ts';

const OriginUrl = parsed((text) => {
  const url = /^(https?|wss?):\/\//i.test(text) && URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.username + url.password !== '') {
    return 'must be a ws:, wss:, http: or https: URL without a user or password, such as "wss://a.example/live"';
  }
  return !text.includes('#') || 'must not have a fragment: it is not sent';
});

const LongForm = v.pipe(
  exact({
    url: OriginUrl,
    sender: v.optional(v.boolean()),
    announce: v.optional(v.boolean()),
    secret: v.optional(SecretHeader),
    protocol: v.optional(parsed((name) => isToken(name) || 'must be the name of a subprotocol, which is a token')),
    connectTimeoutMs: v.optional(wholeNumber(1, MAX_ROOM_ORIGIN.connectTimeoutMs)),
    minRetryMs: v.optional(wholeNumber(1, MAX_ROOM_ORIGIN.minRetryMs)),
    maxRetryMs: v.optional(wholeNumber(1, MAX_ROOM_ORIGIN.maxRetryMs)),
    idleMs: Timer,
    ping: v.optional(text('what the origin answers')),
    pong: v.optional(text('what the origin answers with')),
    maxQueuedBytes: v.optional(wholeNumber(1, MAX_ROOM_ORIGIN.maxQueuedBytes)),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.issues) return;
    const { minRetryMs, maxRetryMs } = withDefaults(DEFAULT_ROOM_ORIGIN, dataset.value);
    if (minRetryMs <= maxRetryMs) return;
    addIssue({
      message: 'is more than maxRetryMs: lower it, or raise the other',
      path: [at(dataset.value, 'minRetryMs')],
    });
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const { key, message } of heartbeatMistakes(dataset.value))
      addIssue({ message, path: [at(dataset.value, key)] });
  }),
);

/** Keys of a heartbeat that mean nothing without another one. */
function heartbeatMistakes({ idleMs, ping, pong }: RoomOrigin): { key: keyof RoomOrigin; message: string }[] {
  const [noTime, noPing] = ['needs "idleMs": a ping goes every half of it', 'needs a "ping", which it answers'];
  return [
    ...(ping !== undefined && !idleMs ? [{ key: 'ping' as const, message: noTime }] : []),
    ...(pong !== undefined && ping === undefined ? [{ key: 'pong' as const, message: noPing }] : []),
  ];
}

/** `RoomOrigin`, or its URL alone, checked. */
export const RoomOriginSchema: v.GenericSchema<unknown, string | RoomOrigin> = v.lazy((input) =>
  typeof input === 'string' ? OriginUrl : LongForm,
);

/** What a room with an origin says that can't be meant. */
export function originMistakes(target: RoomTarget): { key: keyof RoomTarget; message: string }[] {
  if (target.origin === undefined) return [];
  const mistakes: { key: keyof RoomTarget; message: string }[] = [];
  if (target.plugin !== undefined) {
    mistakes.push({ key: 'origin', message: 'is not for a room with a plug-in: remove one of the two' });
  }
  if (target.echo !== undefined) {
    mistakes.push({ key: 'echo', message: 'is up to the origin, which gets what members send: remove it' });
  }
  const url = typeof target.origin === 'string' ? target.origin : target.origin.url;
  const known = templateParams(target.room);
  const unknown = templateParams(splitUrl(url).rest).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const message = `takes ":${unknown}" from the room's name, which has no such parameter: add it there, or write "%3A" for a plain ":"`;
    mistakes.push({ key: 'origin', message });
  }
  return mistakes;
}

/** Fills in the defaults. The URL is one that `fetch` takes. */
export function resolveRoomOrigin(room: string, given: string | RoomOrigin): ResolvedRoomOrigin {
  const {
    secret = null,
    protocol = null,
    ping = null,
    pong = null,
    ...origin
  } = typeof given === 'string' ? { url: given } : given;
  const url = origin.url.replace(/^ws/i, 'http');
  return { kind: 'origin', room, ...withDefaults(DEFAULT_ROOM_ORIGIN, origin), url, secret, protocol, ping, pong };
}
