import { notReached } from '../bridge/proxy.ts';
import type { Patience, Question, Silence } from '../grip/port.ts';
import type { Answer } from '../grip/response.ts';
import { readBytes } from '../util/read-bytes.ts';

/** How many bytes at the end of a body go one by one. workerd was seen to take three pieces before there is a connection. */
const LAST_PIECES = 5;

/**
 * How many requests have to be under way for a body to go in one piece. Pieces were measured to cost twice the processor time
 * and four times the throughput; where that counts, an application server that goes away has many requests already anyhow.
 */
const MANY = 8;

let underWay = 0;

/**
 * Asks an application server.
 *
 * The runtime does not tell a connection that nobody took from one that broke. But it takes the end of a body only once it
 * has got rid of the rest of it, so what was not taken to its end has reached nobody as a whole: the body goes in pieces, and
 * without a length. Of a body of nothing, or in one piece, nothing is known.
 */
export async function ask(
  { url, headers, body }: Question,
  { timeoutMs, maxBytes }: Patience,
): Promise<Answer | Silence> {
  const pieces = body.length === 0 || underWay >= MANY ? null : new Pieces(body);
  underWay++;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeoutMs);
  try {
    const init = {
      method: 'POST',
      headers,
      body: pieces?.stream ?? body,
      redirect: 'manual' as const,
      signal: limit.signal,
    };
    return await toAnswer(await fetch(url, init), maxBytes);
  } catch (error) {
    console.error('An application server did not answer:', error);
    if (pieces?.taken === false) return 'unreachable';
    return limit.signal.aborted ? 'timeout' : 'lost';
  } finally {
    underWay--;
    clearTimeout(timer);
  }
}

async function toAnswer({ status, headers, body }: Response, maxBytes: number): Promise<Answer | Silence> {
  const silence = SILENCES[notReached(status) ?? ''];
  if (silence === undefined) return { status, headers, body: await readBytes(body, maxBytes) };
  await body?.cancel();
  return silence;
}

/** What Cloudflare's network answers instead of an application server that did not. */
const SILENCES: Record<string, Silence> = {
  ERR_UPSTREAM_UNREACHABLE: 'unreachable',
  ERR_UPSTREAM_TIMEOUT: 'timeout',
  ERR_UPSTREAM_FAILED: 'lost',
};

/** A body that tells whether all of it was taken. */
class Pieces {
  readonly #body: Uint8Array;
  #at = 0;

  constructor(body: Uint8Array) {
    this.#body = body;
  }

  get taken(): boolean {
    return this.#at === this.#body.length;
  }

  get stream(): ReadableStream<Uint8Array> {
    return new ReadableStream({ pull: (controller) => this.#next(controller) }, { highWaterMark: 0 });
  }

  #next(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const { length } = this.#body;
    const end = this.#at === 0 ? Math.max(length - LAST_PIECES, 1) : this.#at + 1;
    controller.enqueue(this.#body.slice(this.#at, end));
    this.#at = end;
    if (this.taken) controller.close();
  }
}
