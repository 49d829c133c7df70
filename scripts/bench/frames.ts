/** As much of RFC 6455 as a load generator needs: it writes whole messages and looks at what comes back. */

const LINE_FEED = 0x0a;
/** The first bytes of messages in one frame. */
const TEXT = 0x81;
const BINARY = 0x82;

/** A whole text message as a client sends it. The mask is zero, so the payload stands in it as it is. */
export function textFrame(text: string): Buffer {
  return frameOf(TEXT, Buffer.from(text));
}

/** The same of bytes. */
export function binaryFrame(payload: Buffer): Buffer {
  return frameOf(BINARY, payload);
}

/** The same with a mask, which costs whoever reads it: for those who differ in that. */
export function maskedFrame(payload: Buffer): Buffer {
  const mask = [0x37, 0xfa, 0x21, 0x3d];
  const masked = payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0));
  return frameOf(BINARY, Buffer.from(masked), mask);
}

function frameOf(first: number, payload: Buffer, mask = [0, 0, 0, 0]): Buffer {
  const [short = 0, ...rest] = lengthOf(payload);
  return Buffer.concat([Buffer.from([first, 0x80 | short, ...rest, ...mask]), payload]);
}

/** RFC 6455 section 5.2. */
function lengthOf({ length }: Buffer): number[] {
  if (length < 126) return [length];
  const low = [(length >> 8) & 0xff, length & 0xff];
  return length < 65_536 ? [126, ...low] : [127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 0xff, ...low];
}

/** Told of the payload that stands in a chunk from one place to another, and whether a frame ends with it. */
type OnPayload = (from: number, to: number, isEnd: boolean) => void;

/** Finds the payloads in one connection's stream of bytes, wherever the stream is cut into chunks. */
export class FrameReader {
  /** Bytes of payload that are still to come of the frame whose head was read last. */
  #left = 0;
  /** The part of a frame's head that has come so far. */
  #head: number[] = [];

  /**
   * Takes a chunk.
   *
   * @throws Error for anything but whole messages, such as a Close
   */
  read(chunk: Uint8Array, onPayload: OnPayload): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left === 0 && !this.#takeHeadByte(chunk[at++] ?? 0)) continue;
      const end = Math.min(at + this.#left, chunk.length);
      this.#left -= end - at;
      onPayload(at, end, this.#left === 0);
      at = end;
    }
  }

  /** Whether the head is complete with this byte. */
  #takeHeadByte(byte: number): boolean {
    const head = this.#head;
    head.push(byte);
    const length = head[1];
    if (length === undefined) return false;
    if (head.length < headBytes(length)) return false;
    if (head[0] !== TEXT && head[0] !== BINARY)
      throw new Error(`The server sent a frame of another kind (it begins with ${head[0]})`);
    this.#left = length < 126 ? length : head.slice(2).reduce((sum, next) => sum * 256 + next, 0);
    this.#head = [];
    return true;
  }
}

/** How many frames end in a chunk. */
export function countFrames(frames: FrameReader, chunk: Uint8Array): number {
  let count = 0;
  frames.read(chunk, (_from, _to, isEnd) => {
    if (isEnd) count++;
  });
  return count;
}

/** How many bytes of payload a chunk holds. */
export function countBytes(frames: FrameReader, chunk: Uint8Array): number {
  let count = 0;
  frames.read(chunk, (from, to) => {
    count += to - from;
  });
  return count;
}

/** How many lines end in a chunk: with a line feed, or with their frame. */
export function countLines(frames: FrameReader, chunk: Uint8Array): number {
  let count = 0;
  let feed = nextFeed(chunk, 0);
  frames.read(chunk, (from, to, isEnd) => {
    // A byte of a head may look like one.
    if (feed < from) feed = nextFeed(chunk, from);
    for (; feed < to; feed = nextFeed(chunk, feed + 1)) count++;
    if (isEnd) count++;
  });
  return count;
}

function nextFeed(chunk: Uint8Array, from: number): number {
  const at = chunk.indexOf(LINE_FEED, from);
  return at === -1 ? Number.POSITIVE_INFINITY : at;
}

/** Bytes of a server's head, by its second byte. */
function headBytes(length: number): number {
  if (length < 126) return 2;
  return length === 126 ? 4 : 10;
}
