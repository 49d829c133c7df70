import type { SpLimits } from './limits.ts';
import type { Kept, PatternStore } from './store.ts';

/** What a pattern keeps, oldest first and within bounds; all of it is in its store as well. */
export class Backlog implements Iterable<Kept> {
  readonly #store: PatternStore;
  readonly #limits: SpLimits;
  readonly #kept = new Map<number, Kept>();
  #lastId = 0;
  #bytes = 0;

  constructor(store: PatternStore, limits: SpLimits) {
    this.#store = store;
    this.#limits = limits;
    for (const kept of store.list()) this.#hold(kept);
  }

  get size(): number {
    return this.#kept.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** When the first one is given up, in milliseconds since 1970; null where there is none. */
  get nextExpiry(): number | null {
    return this.size === 0 ? null : Math.min(...[...this].map(({ until }) => until));
  }

  /** Whether one of them waits for somebody to take it. */
  get isWaiting(): boolean {
    return [...this].some(({ worker }) => worker === null);
  }

  [Symbol.iterator](): Iterator<Kept> {
    return this.#kept.values();
  }

  /** Keeps a message; null where there is no room for it. */
  add(message: Uint8Array, worker: number | null, until: number): Kept | null {
    const { maxKeptMessages, maxKeptBytes } = this.#limits;
    if (this.size >= maxKeptMessages || this.#bytes + message.length > maxKeptBytes) return null;
    const kept = { id: this.#lastId + 1, message, worker, until };
    this.#hold(kept);
    this.#store.put(kept);
    return kept;
  }

  /** Notes who has it now. */
  assign(kept: Kept, worker: number | null): void {
    if (kept.worker === worker) return;
    kept.worker = worker;
    this.#store.put(kept);
  }

  delete(kept: Kept): void {
    if (!this.#kept.delete(kept.id)) return;
    this.#bytes -= kept.message.length;
    this.#store.delete(kept.id);
  }

  #hold(kept: Kept): void {
    this.#kept.set(kept.id, kept);
    this.#lastId = Math.max(this.#lastId, kept.id);
    this.#bytes += kept.message.length;
  }
}
