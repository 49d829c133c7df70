import type { HistoryStore, Retention } from './history.ts';
import type { HubPort } from './ports.ts';
import type { Draft, Publication } from './publication.ts';

/** Something that is to be written. */
interface Entry {
  channel: string;
  draft: Draft;
  retention: Retention;
  /** Told once it is written: whoever hears of it from then on can rely on it. Null where it could not be written. */
  onWritten(publication: Publication | null): void;
}

/**
 * Writes publications to history, in batches.
 *
 * The first one of a quiet room is written at once. What is published while that is on its way to the disk waits, and is
 * written together when it has arrived: the busier a room, the more of its publications share the cost of one write.
 */
export class Journal {
  readonly #store: HistoryStore;
  readonly #port: HubPort;
  #waiting: Entry[] = [];
  #isWriting = false;

  constructor(store: HistoryStore, port: HubPort) {
    this.#store = store;
    this.#port = port;
  }

  write(entry: Entry): void {
    this.#waiting.push(entry);
    if (!this.#isWriting) this.#flush();
  }

  #flush(): void {
    const entries = this.#waiting;
    this.#waiting = [];
    this.#isWriting = entries.length > 0;
    if (!this.#isWriting) return;
    this.#port.nextTurn(() => this.#flush());
    for (const entry of entries) entry.onWritten(this.#append(entry));
  }

  /** A publication that can't be written costs nobody else theirs. */
  #append({ channel, draft, retention }: Entry): Publication | null {
    const now = this.#port.now();
    try {
      const [publication = null] = this.#store.append(channel, [draft], retention, now);
      this.#port.wakeAt(now + retention.ttlMs);
      return publication;
    } catch (error) {
      console.error('A publication could not be written:', error);
      return null;
    }
  }
}
