import type { Message } from './ports.ts';

/** Place in a channel's stream. Offsets begin with 1 and have no gaps; they mean nothing under another epoch. */
export interface Position {
  offset: number;
  epoch: string;
}

/** Who published something, as far as others get to know. */
export interface PublisherInfo {
  userId: string;
  connectionId: string;
  /** What is known of the user, and of the user on this channel. Plain JSON. */
  info?: unknown;
  channelInfo?: unknown;
}

/** Something to be published. */
export interface Draft {
  readonly data: Message;
  /** Whether `data` is JSON text, rather than text that may look like it. */
  readonly json: boolean;
  /** Null where it comes from no connection. */
  readonly publisher: PublisherInfo | null;
  readonly tags: Readonly<Record<string, string>> | null;
}

/**
 * What of a draft goes to whom knows no channels: a text in JSON is that text, with U+FFFD for halves of surrogate pairs,
 * which JSON may escape and no text on the wire can hold; all other JSON is as it stands.
 */
export function plainData({ data, json }: Pick<Draft, 'data' | 'json'>): Message {
  return json && typeof data === 'string' && data.startsWith('"') ? (JSON.parse(data) as string).toWellFormed() : data;
}

/** Something published on a channel. */
export interface Publication extends Draft {
  /** Place in the channel's stream; 0 where the channel has none. */
  readonly offset: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}
