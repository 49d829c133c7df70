import { fromBase64, toBase64 } from '../util/base64.ts';
import { concat } from '../util/bytes.ts';
import type { Message } from '../util/client-socket.ts';

/** What a service's bytes become: messages of this kind, or of the kind that the client sent last. */
export type FrameKind = 'binary' | 'text' | 'mirror';

/** How bytes become messages, and messages bytes. One for each connection: it keeps what has to wait for more. */
export interface Framing {
  /**
   * The message for bytes that were read; null where there is none yet. It may be those bytes themselves, and holds no longer
   * than they do.
   */
  encode(bytes: Uint8Array): Message | Uint8Array | null;
  /** The bytes of a client's message; null for a message that is not of this framing. */
  decode(message: Message): Uint8Array | null;
  /** What is left when no more bytes come; null for nothing. */
  end(): Message | Uint8Array | null;
}

/** websockify's `base64`: text both ways, each message some bytes in base64 of its own (RFC 4648 section 4). */
export function base64Framing(): Framing {
  return {
    encode: toBase64,
    decode: (message) => (typeof message === 'string' ? fromBase64(message) : null),
    end: () => null,
  };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });
const NOTHING = new Uint8Array();

/** Bytes as they are, in messages of one kind or of the client's own. Text is UTF-8, and no character is cut in two. */
export function plainFraming(frames: FrameKind): Framing {
  let isText = frames === 'text';
  /** The beginning of a character whose end was not read yet. */
  let tail = NOTHING;
  const encodeText = (bytes: Uint8Array) => {
    const whole = lengthOfWhole(bytes);
    tail = bytes.slice(whole);
    return whole === 0 ? null : decoder.decode(bytes.subarray(0, whole));
  };
  return {
    encode(read) {
      const bytes = tail.length === 0 ? read : concat([tail, read]);
      tail = NOTHING;
      return isText ? encodeText(bytes) : bytes;
    },
    decode(message) {
      if (frames === 'mirror') isText = typeof message === 'string';
      return typeof message === 'string' ? encoder.encode(message) : new Uint8Array(message);
    },
    end() {
      if (tail.length === 0) return null;
      return isText ? decoder.decode(tail) : tail;
    },
  };
}

/** Bytes of UTF-8 up to the last character that is whole (RFC 3629 section 3); what is no UTF-8 counts as whole. */
function lengthOfWhole(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte >= 0xc0) return back < charLength(byte) ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** How many bytes a character has by its first one; none begins with 0xC0, 0xC1 or what is above 0xF4. */
function charLength(first: number): number {
  if (first < 0xc2 || first > 0xf4) return 1;
  return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
}
