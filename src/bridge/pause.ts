import type { BrakePort } from './brake.ts';

/** Bytes that are enough for a write, so few that somebody may wait for them, and so many that still more are likely to come. */
const BYTES = { enough: 128 * 1024, few: 4 * 1024, stream: 512 * 1024 };

const PAUSE_MS = 1;

/** How many pauses are left out after one for nothing: who sends now more, now less at a time must not wait. */
const LEFT_OUT = 64;

/**
 * A pause before a write, until all has come that a client sends at a time: a write costs about as much as two messages, and
 * is so fast that there would be one for nearly each of them.
 *
 * What comes until everything is written is a burst. The next one is expected to be as long, and one that is long already to
 * go on; so a client that has one message on its way never waits.
 */
export class Pause {
  readonly #after: BrakePort['after'];
  readonly #onOver: () => void;
  #cancel: (() => void) | null = null;
  #leftOut = 0;
  /** Bytes of this burst, up to now, and those that are expected of it. */
  #burst = 0;
  #expected = 0;

  /** `onOver` is told that not all came in time. */
  constructor(after: BrakePort['after'], onOver: () => void) {
    this.#after = after;
    this.#onOver = onOver;
  }

  /** Bytes have come. */
  came(bytes: number): void {
    this.#burst += bytes;
    if (this.#burst >= BYTES.stream) this.#expected = Number.POSITIVE_INFINITY;
  }

  /** Everything is written. */
  drained(): void {
    this.#expected = this.#burst;
    this.#burst = 0;
  }

  /** Whether a write should not begin, now that so many bytes wait for it. */
  lasts(waiting: number): boolean {
    const pays = waiting >= BYTES.few && waiting < BYTES.enough && this.#burst < this.#expected;
    if (!pays) this.end();
    else if (this.#cancel === null) this.#begin();
    return this.#cancel !== null;
  }

  end(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #begin(): void {
    if (this.#leftOut > 0) this.#leftOut -= 1;
    else this.#cancel = this.#after(PAUSE_MS, this.#onTimeout);
  }

  readonly #onTimeout = (): void => {
    this.#cancel = null;
    this.#leftOut = LEFT_OUT;
    this.#onOver();
  };
}
