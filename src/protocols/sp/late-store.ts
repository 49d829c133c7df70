import type { Kept, PatternStore } from './store.ts';

/** How long a message is kept in memory only, in milliseconds. Most answers come sooner; nothing sleeps so soon. */
export const LATE_MS = 200;

/** Runs `task` after some milliseconds. What it runs in does not sleep before. */
export type After = (ms: number, task: () => void) => void;

/**
 * A store that writes to another one after `LATE_MS`, and so never what is deleted sooner.
 *
 * What it has not written does not outlast its process. It is for those whose senders learn of that, by the end of their
 * connection, and then send again: the requests of a REQ (`req0_pipe_close` of nng, `nn_req_rm` of nanomsg).
 */
export class LateStore implements PatternStore {
  readonly #store: PatternStore;
  readonly #after: After;
  readonly #unwritten = new Map<number, Kept>();
  /** Whether `#write` is to be called. */
  #isDue = false;
  /** The ids that the other one knows. */
  readonly #written = new Set<number>();

  constructor(store: PatternStore, after: After) {
    this.#store = store;
    this.#after = after;
  }

  list(): Kept[] {
    this.#write();
    const all = this.#store.list();
    for (const { id } of all) this.#written.add(id);
    return all;
  }

  put(kept: Readonly<Kept>): void {
    if (!this.#isDue) this.#after(LATE_MS, () => this.#write());
    this.#isDue = true;
    this.#unwritten.set(kept.id, { ...kept });
  }

  delete(id: number): void {
    this.#unwritten.delete(id);
    if (this.#written.delete(id)) this.#store.delete(id);
  }

  #write(): void {
    this.#isDue = false;
    for (const kept of this.#unwritten.values()) {
      this.#store.put(kept);
      this.#written.add(kept.id);
    }
    this.#unwritten.clear();
  }
}
