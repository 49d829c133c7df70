import { Askers } from './askers.ts';
import { Backlog } from './backlog.ts';
import type { SpLimits } from './limits.ts';
import type { Clock, Pattern, Pipe } from './pipe.ts';
import type { Kept, PatternStore } from './store.ts';
import { Workers } from './workers.ts';

/**
 * Request and reply (RFC sp-request-reply-01): a request goes to one REP, its answer back to the REQ.
 *
 * A request is kept until it is answered, so that it can go to another REP when the first one leaves, and waits where
 * there is none, or each is too slow: REQ does so with its own pipes (`req0_pipe_close` of nng), and a device has to do it for those behind it.
 * It may then be done twice, which section 1 leaves to the service.
 */
export class ReqRep implements Pattern {
  readonly #askers: Askers;
  readonly #workers = new Workers();
  readonly #backlog: Backlog;
  /** What is kept, by its whole backtrace, which its answer has too. */
  readonly #byBacktrace = new Map<string, Kept>();
  readonly #clock: Clock;
  readonly #limits: SpLimits;

  constructor(store: PatternStore, clock: Clock, limits: SpLimits) {
    this.#askers = new Askers(limits);
    this.#backlog = new Backlog(store, limits);
    this.#clock = clock;
    this.#limits = limits;
    for (const kept of this.#backlog) this.#byBacktrace.set(this.#keyOf(kept.message), kept);
  }

  add(pipe: Pipe): void {
    (pipe.role === 'req' ? this.#askers : this.#workers).add(pipe);
  }

  remove(pipe: Pipe): void {
    (pipe.role === 'req' ? this.#askers : this.#workers).delete(pipe);
  }

  receive(pipe: Pipe, message: Uint8Array): void {
    if (pipe.role === 'req') this.#request(pipe, message);
    else this.#reply(message);
  }

  /** Forgets what nobody waits for any more, and finds a worker for what has none. */
  settle(): void {
    for (const kept of this.#backlog) {
      if (!this.#askers.has(kept.message) || kept.until <= this.#clock.now()) this.#forget(kept);
      else if (kept.worker === null || !this.#workers.has(kept.worker)) {
        this.#backlog.assign(kept, this.#workers.hand(kept.message));
      }
    }
    const { nextExpiry, isWaiting } = this.#backlog;
    if (nextExpiry !== null) this.#clock.wakeAt(this.#nextWake(nextExpiry, isWaiting));
  }

  #request(pipe: Pipe, message: Uint8Array): void {
    const traced = this.#askers.trace(pipe, message);
    if (traced === null) return;
    // A REQ that asks again has given up on who was asked first (section 6.1): it goes to the next one.
    const before = this.#byBacktrace.get(this.#keyOf(traced));
    if (before) this.#forget(before);
    this.#keep(traced, this.#workers.hand(traced));
  }

  #keep(traced: Uint8Array, worker: number | null): void {
    const kept = this.#backlog.add(traced, worker, this.#clock.now() + this.#limits.requestTtlMs);
    if (kept === null) return;
    this.#byBacktrace.set(this.#keyOf(traced), kept);
    this.#clock.wakeAt(this.#nextWake(kept.until, worker === null));
  }

  /** When there is something to do: soon where a request waits though somebody is there. */
  #nextWake(expiry: number, isWaiting: boolean): number {
    return isWaiting && this.#workers.size > 0 ? this.#clock.now() + this.#limits.retryMs : expiry;
  }

  #reply(message: Uint8Array): void {
    // Answered first: what is sent after something was deleted waits until that is on the disk.
    this.#askers.answer(message);
    const kept = this.#byBacktrace.get(this.#keyOf(message));
    if (kept) this.#forget(kept);
  }

  #forget(kept: Kept): void {
    this.#byBacktrace.delete(this.#keyOf(kept.message));
    this.#backlog.delete(kept);
  }

  #keyOf(message: Uint8Array): string {
    return String.fromCharCode(...(this.#askers.backtraceOf(message) ?? []));
  }
}
