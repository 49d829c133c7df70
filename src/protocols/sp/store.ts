/** A message that was taken in and that somebody still has to get. Plain data, so that it can outlast sleep. */
export interface Kept {
  /** Its place among those of its store: unique, and higher than that of any that came before. */
  readonly id: number;
  readonly message: Uint8Array;
  /** The pipe that got it and has not answered; null while it waits for one. */
  worker: number | null;
  /** When it is given up: milliseconds since 1970. */
  readonly until: number;
}

/** Where a pattern keeps what has to outlast sleep. Each pattern has a store of its own. */
export interface PatternStore {
  /** All there is, in the order of the ids. Asked once, when the pattern is made. */
  list(): Kept[];
  /** Writes one, over the one that had its id. */
  put(kept: Readonly<Kept>): void;
  delete(id: number): void;
}

/** A store in memory: for tests, and for whoever can do without when the process ends. */
export class MemoryStore implements PatternStore {
  readonly #kept = new Map<number, Kept>();

  list(): Kept[] {
    return [...this.#kept.values()].map((kept) => ({ ...kept })).sort((a, b) => a.id - b.id);
  }

  put(kept: Readonly<Kept>): void {
    this.#kept.set(kept.id, { ...kept });
  }

  delete(id: number): void {
    this.#kept.delete(id);
  }
}
