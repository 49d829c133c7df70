import type { Pipe } from './pipe.ts';

/**
 * Pipes that take turns, the one whose turn it is first (RFC sp-request-reply-01 section 5.1: round robin). One that is too
 * slow is passed over, and keeps its turn.
 */
export class Workers {
  readonly #pipes = new Map<number, Pipe>();

  get size(): number {
    return this.#pipes.size;
  }

  /** Whether a pipe is here, by its id. */
  has(id: number): boolean {
    return this.#pipes.has(id);
  }

  /** Puts a pipe at the end, so that nobody loses a turn by it. */
  add(pipe: Pipe): void {
    this.#pipes.set(pipe.id, pipe);
  }

  delete(pipe: Pipe): void {
    this.#pipes.delete(pipe.id);
  }

  /** Hands a message to the first one that takes it; its id, or null where there is none. */
  hand(message: Uint8Array): number | null {
    for (const pipe of this.#pipes.values()) {
      if (!pipe.send(message)) continue;
      this.delete(pipe);
      this.add(pipe);
      return pipe.id;
    }
    return null;
  }
}
