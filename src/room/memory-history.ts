import { type HistoryQuery, type HistoryStore, type Retention, takeReadable } from './history.ts';
import type { Draft, Position, Publication } from './publication.ts';

interface Stream {
  position: Position;
  kept: { publication: Publication; expiresAt: number }[];
}

/** Streams in memory: for tests, and for whoever can do without them when the process ends. */
export class MemoryHistory implements HistoryStore {
  readonly #streams = new Map<string, Stream>();

  append(channel: string, drafts: readonly Draft[], { size, ttlMs }: Retention, now: number): Publication[] {
    const stream = this.#stream(channel);
    const publications = drafts.map((draft, index) => ({
      ...draft,
      offset: stream.position.offset + index + 1,
      time: now,
    }));
    stream.position = { ...stream.position, offset: stream.position.offset + drafts.length };
    stream.kept.push(...publications.map((publication) => ({ publication, expiresAt: now + ttlMs })));
    stream.kept = stream.kept.filter(({ expiresAt }) => expiresAt > now).slice(-size);
    return publications;
  }

  read(channel: string, { since, limit, reverse = false }: HistoryQuery, now: number): Publication[] {
    const kept = this.#streams.get(channel)?.kept ?? [];
    const found = kept
      .filter(({ expiresAt }) => expiresAt > now)
      .map(({ publication }) => publication)
      .filter(({ offset }) => since === undefined || (reverse ? offset < since : offset > since));
    return takeReadable((reverse ? found.reverse() : found).slice(0, limit));
  }

  position(channel: string): Position {
    return this.#stream(channel).position;
  }

  clear(channel: string): void {
    this.#stream(channel).kept = [];
  }

  trim(now: number): number | null {
    let next: number | null = null;
    for (const stream of this.#streams.values()) {
      stream.kept = stream.kept.filter(({ expiresAt }) => expiresAt > now);
      for (const { expiresAt } of stream.kept) next = Math.min(next ?? expiresAt, expiresAt);
    }
    return next;
  }

  #stream(channel: string): Stream {
    const stream = this.#streams.get(channel) ?? { position: { offset: 0, epoch: crypto.randomUUID() }, kept: [] };
    this.#streams.set(channel, stream);
    return stream;
  }
}
