/**
 * Seconds between two signs of life on a stream. Proxies in between end a stream on which nothing came for a while, the
 * strictest of the usual ones after 60 seconds. Less often than half a minute would let one lost sign end a stream, more
 * often would keep phones awake.
 */
export const KEEP_ALIVE_SECONDS = 25;

/** How the frames of a socket stand in a streaming answer. */
export interface Framing {
  contentType: string;
  /** What comes before everything else, so that the client gets the head of the answer at once. */
  opening: string;
  /** What a frame becomes. */
  frame(text: string): string;
  /** What shows that the stream is still there, where nothing else does. */
  keepAlive: string;
  /** The last word of a room that closes with a code of its own (3000 and above). */
  farewell(code: number, reason: string): string;
}
