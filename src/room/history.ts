import type { Draft, Position, Publication } from './publication.ts';

/** How much of a channel's stream is kept. */
export interface Retention {
  /** Publications, the newest ones. At least 1. */
  size: number;
  /** Milliseconds that each of them is kept. */
  ttlMs: number;
}

/** What to read of a stream. */
export interface HistoryQuery {
  /** Only what comes after this offset, or before it in reverse. @default everything */
  since?: number;
  /** At most so many. @default everything */
  limit?: number;
  /** From the newest to the oldest. @default false */
  reverse?: boolean;
}

/** Bytes of data that one read gives, roughly, and at least one publication: all of them are in memory at once. */
export const MAX_READ_BYTES = 4 * 1024 * 1024;

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Milliseconds for which a stream is remembered at least after somebody published on it or looked at it: Centrifugo's
 * `history_meta_ttl`. One whose publications are kept for longer is remembered for as long as they are.
 */
export const STREAM_TTL_MS = 30 * DAY_MS;

/** When a stream expires that is used now. It is put off by a day or more at once, so that this is seldom written. */
export function renewedExpiry(expiresAt: number, now: number, ttlMs = 0): number {
  const needed = now + Math.max(ttlMs, STREAM_TTL_MS);
  return expiresAt < needed ? needed + DAY_MS : expiresAt;
}

/** The first of these publications, up to `MAX_READ_BYTES`. */
export function takeReadable(publications: Iterable<Publication>): Publication[] {
  const taken: Publication[] = [];
  let bytes = 0;
  for (const publication of publications) {
    const { data } = publication;
    bytes += typeof data === 'string' ? data.length : data.byteLength;
    if (taken.length > 0 && bytes > MAX_READ_BYTES) break;
    taken.push(publication);
  }
  return taken;
}

/**
 * The streams of a room's channels.
 *
 * A stream's epoch is made up when the stream begins, and stays with it: it changes exactly when offsets begin anew. That
 * happens to a stream that nobody published on or looked at for `STREAM_TTL_MS` and that holds nothing, which may be forgotten,
 * and to one that was ended.
 * A publication that has expired is never read, whether it was trimmed yet or not. Times are milliseconds since 1970 and come from outside.
 */
export interface HistoryStore {
  /** Appends publications in their order, and lets go of what is too much or too old by then. */
  append(channel: string, drafts: readonly Draft[], retention: Retention, now: number): Publication[];
  /** What is kept of a stream, in the order of its offsets, up to `MAX_READ_BYTES`; nothing where it never began. */
  read(channel: string, query: HistoryQuery, now: number): Publication[];
  /** The newest place in a stream. One that never began begins with this, at offset 0. */
  position(channel: string, now: number): Position;
  /** Forgets the publications of a stream. Its position stays, so whoever missed some of them is told so. */
  clear(channel: string): void;
  /** Ends the streams of some channels, and forgets what they hold: what is published there again begins a stream anew. */
  end(isOver: (channel: string) => boolean): void;
  /**
   * Lets go of what has expired by now, streams too unless somebody is on their channels.
   * @returns when the next publication or stream expires; null where there is none
   */
  trim(now: number, isInUse?: (channel: string) => boolean): number | null;
}

/** What a client that comes back gets. */
export interface Recovery {
  /** Whether nothing is missing between its position and these publications' end. */
  recovered: boolean;
  publications: readonly Publication[];
  position: Position;
}

/** Whether a stream still holds all that was published since `since`, and what that is; nothing where it does not. */
export function recover(store: HistoryStore, channel: string, since: Position, limit: number, now: number): Recovery {
  const position = store.position(channel, now);
  const lost = { recovered: false, publications: [], position };
  const missed = position.offset - since.offset;
  // A position from before the stream began has no epoch yet.
  const sameStream = since.epoch === position.epoch || (since.epoch === '' && since.offset === 0);
  if (!sameStream || missed < 0 || missed > limit) return lost;
  const publications = store.read(channel, { since: since.offset }, now);
  return publications.length === missed ? { recovered: true, publications, position } : lost;
}

/** The newest publication of a stream, for whoever needs no more than that; nothing new where it is known already. */
export function recoverNewest(store: HistoryStore, channel: string, since: Position, now: number): Recovery {
  const position = store.position(channel, now);
  const [newest] = store.read(channel, { reverse: true, limit: 1 }, now);
  const isKnown = since.epoch === position.epoch && since.offset === position.offset;
  if (newest === undefined) return { recovered: isKnown, publications: [], position };
  return { recovered: true, publications: isKnown ? [] : [newest], position };
}
