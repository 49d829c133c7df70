import { readBytes } from './read-bytes.ts';

/** Reads a body as UTF-8; null, with the rest of it left unread, where it is longer than `maxBytes`. */
export async function readText(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<string | null> {
  const bytes = await readBytes(body, maxBytes);
  return bytes.length > maxBytes ? null : new TextDecoder().decode(bytes);
}
