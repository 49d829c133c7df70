/**
 * The words in front of an SP message: 32 bits each, big-endian.
 *
 * A request, a survey and the answers to them begin with a stack of them, the backtrace: the ids of the pipes that the
 * message came through, the newest first, and at the bottom the id that the asker gave it. Only that one has the high bit
 * (RFC sp-request-reply-01 section 3, sp-surveyor-01 section 3). A message of PAIR1 begins with one word, its hops (nng).
 */

export const WORD_BYTES = 4;

const BOTTOM = 0x80;

/** The word at the front of a message; null where it is too short to have one. */
export function firstWord(message: Uint8Array): number | null {
  if (message.length < WORD_BYTES) return null;
  return new DataView(message.buffer, message.byteOffset).getUint32(0);
}

/** A message with one more word in front of it. Copies it. */
export function pushWord(word: number, message: Uint8Array): Uint8Array {
  const longer = new Uint8Array(WORD_BYTES + message.length);
  new DataView(longer.buffer).setUint32(0, word);
  longer.set(message, WORD_BYTES);
  return longer;
}

/** A message without the word at its front. A view of the same bytes. */
export function dropWord(message: Uint8Array): Uint8Array {
  return message.subarray(WORD_BYTES);
}

/**
 * The backtrace of a message, as a view of its bytes; null where its bottom is not among the first `maxWords` words, so
 * that the message is malformed or went through too many hands.
 */
export function backtraceOf(message: Uint8Array, maxWords: number): Uint8Array | null {
  const last = Math.min(message.length, maxWords * WORD_BYTES) - WORD_BYTES;
  for (let at = 0; at <= last; at += WORD_BYTES) {
    if (((message[at] ?? 0) & BOTTOM) !== 0) return message.subarray(0, at + WORD_BYTES);
  }
  return null;
}
