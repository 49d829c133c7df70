import * as v from 'valibot';
import type { DeltaFrames, Move, Removal } from '../../room/channel.ts';
import type { Message } from '../../room/ports.ts';
import type { Publication, PublisherInfo } from '../../room/publication.ts';
import { toBase64 } from '../../util/base64.ts';
import { parseExact, parseJson } from '../../util/json.ts';
import { deltaOf } from './delta.ts';
import { clientInfo } from './who.ts';

export const Channel = v.pipe(v.string(), v.nonEmpty(), v.maxLength(255));
const Offset = v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), 0);
const Token = v.optional(v.string(), '');
/** Where a client was when it was last on a channel. */
const SINCE = { recover: v.optional(v.boolean(), false), offset: Offset, epoch: v.optional(v.string(), '') };
export const ChannelOnly = v.object({ channel: Channel });

/** What each command carries, as far as it is looked at. Fields of later versions of the protocol are let pass. */
export const COMMANDS = {
  connect: v.object({
    token: Token,
    /** Where a client was on the channels that the server puts it on. */
    subs: v.optional(v.record(Channel, v.object(SINCE)), {}),
  }),
  subscribe: v.object({
    channel: Channel,
    token: Token,
    ...SINCE,
    recoverable: v.optional(v.boolean(), false),
    positioned: v.optional(v.boolean(), false),
    join_leave: v.optional(v.boolean(), false),
    delta: v.optional(v.string(), ''),
    flag: v.optional(v.number(), 0),
  }),
  unsubscribe: ChannelOnly,
  publish: v.object({ channel: Channel, data: v.unknown() }),
  presence: ChannelOnly,
  presence_stats: ChannelOnly,
  history: v.object({
    channel: Channel,
    limit: v.optional(v.pipe(v.number(), v.safeInteger()), 0),
    since: v.optional(v.object({ offset: Offset, epoch: v.optional(v.string(), '') })),
    reverse: v.optional(v.boolean(), false),
  }),
  rpc: v.object({ method: v.optional(v.string(), ''), data: v.optional(v.unknown()) }),
  send: v.object({ data: v.optional(v.unknown()) }),
  ping: v.object({}),
  refresh: v.object({ token: Token }),
  sub_refresh: v.object({ channel: Channel, token: Token }),
};

export type Method = keyof typeof COMMANDS;
export type Params<M extends Method> = v.InferOutput<(typeof COMMANDS)[M]>;

/** One command of a client. Id 0 wants no reply. */
export interface Command {
  id: number;
  method: Method | null;
  params: unknown;
}

const METHODS = Object.keys(COMMANDS) as Method[];
const Envelope = v.looseObject({ id: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), 0) });

/** The commands in a frame, which stand on a line each; null for one that is not of this protocol, which is the last. */
export function* parseFrame(message: Message): Generator<Command | null> {
  const lines = typeof message === 'string' ? message.split('\n').filter((line) => line.trim() !== '') : [''];
  for (const line of lines) {
    const command = parseCommand(line);
    yield command;
    if (command === null) return;
  }
}

function parseCommand(line: string): Command | null {
  const json = parseJson(line);
  const envelope = v.safeParse(Envelope, json);
  if (!envelope.success || Array.isArray(json)) return null;
  const { id, ...rest } = envelope.output;
  const method = METHODS.find((name) => Object.hasOwn(rest, name)) ?? null;
  if (method === null) return { id, method, params: undefined };
  // What is published is passed on as it was written; everything else is for who runs here.
  const given = method === 'publish' ? (parseExact(line, rest) as typeof rest | undefined) : rest;
  return { id, method, params: given?.[method] };
}

/** What a command carries; null where it is not as it should be. */
export function parseParams<M extends Method>(method: M, params: unknown): Params<M> | null {
  const result = v.safeParse(COMMANDS[method], params);
  return result.success ? (result.output as Params<M>) : null;
}

/** Joins frames into one: one of them stands on a line each. */
export function joinFrames(frames: readonly Message[]): string {
  return frames.join('\n');
}

/** A push of a publication. Its data is JSON already, or is made it, so it is put in as text. */
export function encodePush(channel: string, publication: Publication): string {
  return pushOf(channel, encodePublication(publication));
}

/**
 * The pushes of a publication for who asked for deltas: whole, and as what changed since the publication before, where
 * that is shorter (https://centrifugal.dev/docs/server/delta_compression).
 */
export function encodeDeltaPush(channel: string, publication: Publication, previous: Publication | null): DeltaFrames {
  const whole = pushOf(channel, encodeQuoted(publication));
  const delta = previous && deltaOf(encodeData(previous), encodeData(publication));
  if (delta === null) return { frame: whole, first: whole };
  const changed = pushOf(channel, withData(publication, JSON.stringify(delta), ['"delta":true']));
  return { frame: changed.length < whole.length ? changed : whole, first: whole };
}

function pushOf(channel: string, publication: string): string {
  return `{"push":{"channel":${JSON.stringify(channel)},"pub":${publication}}}`;
}

/** A push that tells of somebody who came to a channel or went. */
export function encodeMovePush(channel: string, move: Move, who: PublisherInfo): string {
  return JSON.stringify({ push: { channel, [move]: { info: clientInfo(who) } } });
}

/** How the end of a subscription is told (https://centrifugal.dev/docs/server/codes#unsubscribe-codes). */
const UNSUBSCRIBED: Record<Removal, { code: number; reason: string }> = {
  server: { code: 2000, reason: 'server unsubscribe' },
  // From 2500 on clients subscribe again, with a new token where they have one.
  expired: { code: 2501, reason: 'subscription expired' },
};

export function encodeUnsubscribePush(channel: string, why: Removal): string {
  return JSON.stringify({ push: { channel, unsubscribe: UNSUBSCRIBED[why] } });
}

/** A push of a subscription that the server made; `result` is in JSON. */
export function encodeSubscribePush(channel: string, result: string): string {
  return `{"push":{"channel":${JSON.stringify(channel)},"subscribe":${result}}}`;
}

/** A push that tells until when a connection lasts now. */
export function encodeRefreshPush(expiry: { expires?: true; ttl?: number }): string {
  return JSON.stringify({ push: { refresh: expiry } });
}

/** A publication as it stands in pushes, and in replies that hold several. */
export function encodePublication(publication: Publication): string {
  return withData(publication, encodeData(publication));
}

/** A publication as who asked for deltas gets it: its data is JSON within a string, so that it may also be a delta. */
export function encodeQuoted(publication: Publication): string {
  return withData(publication, JSON.stringify(encodeData(publication)));
}

function withData(
  { data, publisher, tags, offset }: Publication,
  encoded: string,
  more: readonly string[] = [],
): string {
  const fields = [`"data":${encoded}`, ...more];
  if (offset > 0) fields.push(`"offset":${offset}`);
  if (publisher) fields.push(`"info":${JSON.stringify(clientInfo(publisher))}`);
  const marked = typeof data === 'string' ? tags : { ...tags, encoding: 'base64' };
  if (marked) fields.push(`"tags":${JSON.stringify(marked)}`);
  return `{${fields.join(',')}}`;
}

/** Data as JSON: an object or an array that somebody wrote as text is one; other text is a string; bytes are base64. */
function encodeData({ data, json }: Publication): string {
  if (typeof data !== 'string') return JSON.stringify(toBase64(new Uint8Array(data)));
  const isJson = json || (/^\s*[{[]/.test(data) && parseJson(data) !== undefined);
  // A line feed would end the line; within JSON it can only stand between tokens.
  return isJson ? data.replaceAll('\n', ' ') : JSON.stringify(data);
}
