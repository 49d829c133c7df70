/** Whether two runs of bytes are the same, in a time that does not depend on where they differ. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0);
  return difference === 0;
}

/** Bytes one after the other: in `space`, over what was there, if they fit; else in memory of their own. */
export function concat(parts: readonly Uint8Array[], space = new Uint8Array()): Uint8Array<ArrayBuffer> {
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  const joined = size <= space.length ? space.subarray(0, size) : new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** The bytes of a view as a buffer of their own: without a copy where there are no others in it. */
export function bufferOf(view: Uint8Array): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = view;
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  return isWhole ? buffer : (buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
}
