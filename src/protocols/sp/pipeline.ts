import { Backlog } from './backlog.ts';
import type { SpLimits } from './limits.ts';
import type { Clock, Pattern, Pipe } from './pipe.ts';
import type { PatternStore } from './store.ts';
import { Workers } from './workers.ts';

/**
 * Pipeline: what is pushed goes to one PULL after the other, and waits while there is none, or each of them is too slow.
 * Where PUSH would wait itself once no more fits (`push0_sock_send` of nng), a device that can't hold it back drops what
 * comes then.
 */
export class Pipeline implements Pattern {
  readonly #workers = new Workers();
  readonly #backlog: Backlog;
  readonly #clock: Clock;
  readonly #limits: SpLimits;

  constructor(store: PatternStore, clock: Clock, limits: SpLimits) {
    this.#backlog = new Backlog(store, limits);
    this.#clock = clock;
    this.#limits = limits;
  }

  add(pipe: Pipe): void {
    if (pipe.role === 'pull') this.#workers.add(pipe);
  }

  remove(pipe: Pipe): void {
    if (pipe.role === 'pull') this.#workers.delete(pipe);
  }

  /** What a PULL says is dropped, as both libraries do. */
  receive(pipe: Pipe, message: Uint8Array): void {
    if (pipe.role !== 'push') return;
    // What came before goes out before.
    this.#handOut();
    if (this.#backlog.size === 0 && this.#workers.hand(message) !== null) return;
    const kept = this.#backlog.add(message, null, this.#clock.now() + this.#limits.pushTtlMs);
    if (kept) this.#clock.wakeAt(this.#nextWake(kept.until));
  }

  settle(): void {
    for (const kept of this.#backlog) if (kept.until <= this.#clock.now()) this.#backlog.delete(kept);
    this.#handOut();
    const { nextExpiry } = this.#backlog;
    if (nextExpiry !== null) this.#clock.wakeAt(this.#nextWake(nextExpiry));
  }

  #handOut(): void {
    for (const kept of this.#backlog) {
      if (this.#workers.hand(kept.message) === null) return;
      this.#backlog.delete(kept);
    }
  }

  /** When there is something to do: now that it waits though somebody is there, soon. */
  #nextWake(expiry: number): number {
    return this.#workers.size === 0 ? expiry : this.#clock.now() + this.#limits.retryMs;
  }
}
