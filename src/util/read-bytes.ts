import { concat } from './bytes.ts';

/** Reads a body, and no more of it than one piece that goes beyond `maxBytes`. */
export async function readBytes(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<Uint8Array> {
  if (body === null) return new Uint8Array(0);
  const reader = body.getReader();
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    pieces.push(piece.value);
    bytes += piece.value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel();
      break;
    }
  }
  return concat(pieces);
}
