/**
 * The text form of requests and replies, for pages: a JSON object in each message.
 *
 * What is asked and answered is text; a value that is no text is sent as its JSON. Bytes that are not UTF-8 stand in
 * base64, and `encoding` says so.
 */
import * as v from 'valibot';
import { fromBase64, toBase64 } from '../../util/base64.ts';
import { concat } from '../../util/bytes.ts';
import { bytesOf } from './publications.ts';
import { backtraceOf, dropWord, firstWord, pushWord } from './words.ts';

/** The id that an asker gives a request stands in its bottom word, below the bit that marks it. */
const BOTTOM = 0x80000000;

const Encoding = v.optional(v.literal('base64'));

/** What a page says. `id` is a request's own number where it asks, and where it answers the way back that it came with. */
const Said = v.union([
  v.strictObject({
    ask: v.unknown(),
    id: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(BOTTOM - 1)),
    encoding: Encoding,
  }),
  v.strictObject({ answer: v.unknown(), id: v.string(), encoding: Encoding }),
  v.strictObject({ serve: v.boolean() }),
]);

/** What a page says, its messages as a REQ or a REP sends them. */
export type Said = { ask: Uint8Array } | { answer: Uint8Array } | { serve: boolean };

/** What a page says; null where it is not of this form. */
export function parseSaid(text: string): Said | null {
  try {
    const said = v.parse(Said, JSON.parse(text));
    if ('serve' in said) return said;
    if ('ask' in said) return { ask: pushWord(BOTTOM + said.id, toBytes(said.ask, said.encoding)) };
    return { answer: concat([bytesIn(said.id), toBytes(said.answer, said.encoding)]) };
  } catch {
    return null; // not JSON, not of this form, or not base64
  }
}

/** What a page that asked is told: an answer, as a REQ gets it. */
export function writeAnswer(message: Uint8Array): string {
  const id = (firstWord(message) ?? BOTTOM) - BOTTOM;
  const { value, encoding } = fromBytes(dropWord(message));
  return JSON.stringify({ answer: value, id, encoding });
}

/** What a page that serves is asked: a request, as a REP gets it. */
export function writeAsk(message: Uint8Array): string {
  const way = backtraceOf(message, Number.POSITIVE_INFINITY) ?? message;
  const { value, encoding } = fromBytes(message.subarray(way.length));
  return JSON.stringify({ ask: value, id: toBase64(way), encoding });
}

function toBytes(value: unknown, encoding: 'base64' | undefined): Uint8Array {
  if (encoding === 'base64') return bytesIn(v.parse(v.string(), value));
  return bytesOf(typeof value === 'string' ? value : JSON.stringify(value));
}

/** @throws TypeError for what is no base64 */
function bytesIn(base64: string): Uint8Array {
  const bytes = fromBase64(base64);
  if (bytes === null) throw new TypeError('not base64');
  return bytes;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function fromBytes(bytes: Uint8Array): { value: string; encoding?: 'base64' } {
  try {
    return { value: decoder.decode(bytes) };
  } catch {
    return { value: toBase64(bytes), encoding: 'base64' };
  }
}
