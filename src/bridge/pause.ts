import type { BrakePort } from './brake.ts';

/** Bytes that are enough for a write; and so few that they are hardly part of a stream of many, so that somebody waits for them. */
const BYTES = { enough: 128 * 1024, few: 4 * 1024 };

const PAUSE_MS = 1;

/** How many pauses are left out first, and after one in which not enough came: who sends little at a time must not wait. */
const LEFT_OUT = 64;

/**
 * A pause before a write, for more to come: a write costs about as much as two messages, and is so fast that a client that
 * sends all the time would have one for every two.
 */
export class Pause {
  readonly #after: BrakePort['after'];
  readonly #onOver: () => void;
  #cancel: (() => void) | null = null;
  #leftOut = 0;

  /** `onOver` is told that not enough came. */
  constructor(after: BrakePort['after'], onOver: () => void) {
    this.#after = after;
    this.#onOver = onOver;
  }

  /** Begins one where so many bytes wait, if it is likely to pay. */
  begin(bytes: number): void {
    if (bytes < BYTES.few || bytes >= BYTES.enough) return;
    if (this.#leftOut < LEFT_OUT) this.#leftOut += 1;
    else this.#cancel = this.#after(PAUSE_MS, this.#onTimeout);
  }

  /** Whether it goes on, now that so many bytes wait. */
  lasts(bytes: number): boolean {
    if (bytes >= BYTES.enough) this.end();
    return this.#cancel !== null;
  }

  end(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  readonly #onTimeout = (): void => {
    this.#cancel = null;
    this.#leftOut = 0;
    this.#onOver();
  };
}
