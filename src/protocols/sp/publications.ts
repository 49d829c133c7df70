/** How the messages of SP peers stand in publications, and publications in messages. */
import type { Encoder } from '../../room/channel.ts';
import type { Draft, Publication } from '../../room/publication.ts';
import { bufferOf } from '../../util/bytes.ts';
import { raw } from '../raw/raw.ts';
import { DEFAULT_SP_LIMITS } from './limits.ts';
import { dropWord, firstWord, pushWord, WORD_BYTES } from './words.ts';

/** The tag in which the hops of a message of PAIR1 are kept, so that one that goes round in a ring of rooms comes to an end. */
const HOPS = 'sp-hops';

const MAX_HOPS = 0xff;
const encoder = new TextEncoder();

/** What a member said, as bytes. Peers that say it in text mean its UTF-8. */
export function bytesOf(message: string | ArrayBuffer): Uint8Array {
  return typeof message === 'string' ? encoder.encode(message) : new Uint8Array(message);
}

export function toDraft(message: Uint8Array): Draft {
  return { data: bufferOf(message), json: false, publisher: null, tags: null };
}

/** A message of PAIR1 without its header. */
export function toDraftOfPair1(message: Uint8Array): Draft {
  return { ...toDraft(dropWord(message)), tags: { [HOPS]: String(firstWord(message)) } };
}

/** What is too long for it would end the connection of every peer that gets it. */
function bodyOf(channel: string, publication: Publication, headerBytes: number): Uint8Array | null {
  const body = bytesOf(raw.encode(channel, publication));
  return headerBytes + body.length > DEFAULT_SP_LIMITS.maxMessageBytes ? null : body;
}

/** What of other protocols' members comes to peers without a header is text in UTF-8, as bare sockets get it, or bytes. */
export const encodeSp: Encoder['encode'] = (channel, publication) => {
  const body = bodyOf(channel, publication, 0);
  return body && bufferOf(body);
};

/** What is no message of PAIR1 begins its way here. */
export const encodePair1: Encoder['encode'] = (channel, publication) => {
  const body = bodyOf(channel, publication, WORD_BYTES);
  return body && bufferOf(pushWord(hopsOf(publication), body));
};

/** Tags are also what a back end writes. */
function hopsOf({ tags }: Publication): number {
  const hops = Number(tags?.[HOPS] ?? 1);
  return Number.isInteger(hops) && hops >= 1 && hops <= MAX_HOPS ? hops : 1;
}
