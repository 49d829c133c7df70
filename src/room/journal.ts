import type { HistoryStore, Retention } from './history.ts';
import { IDEMPOTENCY_TTL_MS, type IdempotencyStore } from './idempotency.ts';
import type { HubPort } from './ports.ts';
import type { Draft, Publication } from './publication.ts';

/** Something that is to be written. */
interface Entry {
  channel: string;
  draft: Draft;
  /** Null where its channel keeps nothing. */
  retention: Retention | null;
  /** The key under which nothing else may be published, and who is told where that stands which was; without it nothing is looked for. */
  once?: { key: string; onKnown(offset: number): void };
  /** Told once it is written: whoever hears of it from then on can rely on it. Null where it could not be written. */
  onWritten(publication: Publication | null): void;
}

/** Where a room keeps what is to outlast it. */
export interface Stores {
  history: HistoryStore;
  idempotency: IdempotencyStore;
}

/**
 * Writes publications to history, in batches.
 *
 * The first one of a quiet room is written at once. What is published while that is on its way to the disk waits, and is
 * written together when it has arrived: the busier a room, the more of its publications share the cost of one write.
 */
export class Journal {
  readonly #history: HistoryStore;
  readonly #idempotency: IdempotencyStore;
  readonly #port: HubPort;
  #waiting: Entry[] = [];
  #isWriting = false;

  constructor({ history, idempotency }: Stores, port: HubPort) {
    this.#history = history;
    this.#idempotency = idempotency;
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
    for (const entry of entries) this.#write(entry);
  }

  #write(entry: Entry): void {
    const written = this.#append(entry);
    if (typeof written === 'number') entry.once?.onKnown(written);
    else entry.onWritten(written);
  }

  /** A publication that can't be written costs nobody else theirs. @returns an offset where its key was known */
  #append(entry: Entry): Publication | number | null {
    const { channel, once } = entry;
    const now = this.#port.now();
    try {
      // Looked for only now: what had the key first may have waited for the same batch.
      const known = once ? this.#idempotency.find(channel, once.key, now) : null;
      if (known !== null) return known;
      const publication = this.#keep(entry, now);
      if (once) {
        this.#idempotency.save(channel, once.key, publication.offset, now + IDEMPOTENCY_TTL_MS);
        this.#port.wakeAt(now + IDEMPOTENCY_TTL_MS);
      }
      return publication;
    } catch (error) {
      console.error('A publication could not be written:', error);
      return null;
    }
  }

  #keep({ channel, draft, retention }: Entry, now: number): Publication {
    if (retention === null) return { ...draft, offset: 0, time: now };
    const [publication] = this.#history.append(channel, [draft], retention, now) as [Publication];
    this.#port.wakeAt(now + retention.ttlMs);
    return publication;
  }
}
