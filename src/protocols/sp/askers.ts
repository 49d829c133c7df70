import type { SpLimits } from './limits.ts';
import type { Pipe } from './pipe.ts';
import { backtraceOf, dropWord, firstWord, pushWord } from './words.ts';

/**
 * The pipes that ask, and the way back to them.
 *
 * What they ask carries the id of their pipe from here on, and an answer brings it back: no table is needed, so answers
 * find their way after any sleep (RFC sp-request-reply-01 section 5.2, sp-surveyor-01 section 5.2).
 */
export class Askers {
  readonly #limits: SpLimits;
  readonly #pipes = new Map<number, Pipe>();

  constructor(limits: SpLimits) {
    this.#limits = limits;
  }

  add(pipe: Pipe): void {
    this.#pipes.set(pipe.id, pipe);
  }

  delete(pipe: Pipe): void {
    this.#pipes.delete(pipe.id);
  }

  /**
   * What is asked, with its way back on top; null where it is to be dropped. That is so without the bottom of a backtrace
   * (section 6.2 says to ignore it, and nanomsg does; nng closes the pipe, but no nanomsg client comes back from a Close),
   * and with too many words (section 7, and both libraries).
   */
  trace(pipe: Pipe, message: Uint8Array): Uint8Array | null {
    return backtraceOf(message, this.#limits.ttl) === null ? null : pushWord(pipe.id, message);
  }

  /** The backtrace of what was traced, or of an answer to it; null where there is none. */
  backtraceOf(message: Uint8Array): Uint8Array | null {
    return backtraceOf(message, this.#limits.ttl + 1);
  }

  /** Whether the one that a traced message came from is still here. */
  has(message: Uint8Array): boolean {
    return this.#pipes.has(firstWord(message) ?? 0);
  }

  /** Passes an answer on to who asked. Drops it where that one is gone, or where it is malformed (section 5.2). */
  answer(message: Uint8Array): void {
    if (this.backtraceOf(message) === null) return;
    this.#pipes.get(firstWord(message) ?? 0)?.send(dropWord(message));
  }
}
