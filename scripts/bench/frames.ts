/** As much of RFC 6455 as a load generator needs: it writes one kind of frame and counts what comes back. */

/** A whole text message as a client sends it. The mask is zero, so the payload stands in it as it is. */
export function textFrame(payloadBytes: number): Buffer {
  const masked = 0x80;
  const head =
    payloadBytes < 126 ? [0x81, masked | payloadBytes] : [0x81, masked | 126, payloadBytes >> 8, payloadBytes & 0xff];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), Buffer.alloc(payloadBytes, 'x')]);
}

/** Counts the frames in one connection's stream of bytes, wherever the stream is cut into chunks. */
export class FrameCounter {
  /** Bytes of payload that are still to come of the frame whose head was read last. */
  #left = 0;
  /** The part of a frame's head that has come so far. */
  #head: number[] = [];

  /**
   * Takes the first `end` bytes of a chunk, and tells how many frames ended in them.
   *
   * @throws Error for anything but whole text messages, such as a Close
   */
  count(chunk: Uint8Array, end: number): number {
    let frames = 0;
    let at = 0;
    while (at < end) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, end - at);
        this.#left -= taken;
        at += taken;
      } else if (!this.#takeHeadByte(chunk[at++] ?? 0)) {
        continue;
      }
      if (this.#left === 0) frames++;
    }
    return frames;
  }

  /** Whether the head is complete with this byte. */
  #takeHeadByte(byte: number): boolean {
    const head = this.#head;
    head.push(byte);
    const length = head[1];
    if (length === undefined) return false;
    if (head.length < headBytes(length)) return false;
    if (head[0] !== 0x81) throw new Error(`The server sent a frame of another kind (it begins with ${head[0]})`);
    this.#left = length < 126 ? length : head.slice(2).reduce((sum, next) => sum * 256 + next, 0);
    this.#head = [];
    return true;
  }
}

/** Bytes of a server's head, by its second byte. */
function headBytes(length: number): number {
  if (length < 126) return 2;
  return length === 126 ? 4 : 10;
}
