import { type HistoryQuery, type HistoryStore, type Retention, renewedExpiry, takeReadable } from './history.ts';
import type { Draft, Position, Publication } from './publication.ts';

interface Stream {
  position: Position;
  expiresAt: number;
  kept: { publication: Publication; expiresAt: number }[];
}

/** Streams in memory: for tests, and for whoever can do without them when the process ends. */
export class MemoryHistory implements HistoryStore {
  readonly #streams = new Map<string, Stream>();

  append(channel: string, drafts: readonly Draft[], { size, ttlMs }: Retention, now: number): Publication[] {
    const stream = this.#stream(channel, now, ttlMs);
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

  position(channel: string, now: number): Position {
    return this.#stream(channel, now).position;
  }

  clear(channel: string): void {
    const stream = this.#streams.get(channel);
    if (stream) stream.kept = [];
  }

  end(isOver: (channel: string) => boolean): void {
    for (const channel of this.#streams.keys()) if (isOver(channel)) this.#streams.delete(channel);
  }

  trim(now: number, isInUse: (channel: string) => boolean = () => false): number | null {
    for (const [channel, stream] of this.#streams) {
      const isOver = stream.expiresAt <= now;
      if (isOver && isInUse(channel)) this.#stream(channel, now);
      else if (isOver) this.#streams.delete(channel);
      stream.kept = stream.kept.filter(({ expiresAt }) => expiresAt > now);
    }
    const times = [...this.#streams.values()].flatMap(({ expiresAt, kept }) => [expiresAt, ...kept.map(expiryOf)]);
    return times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b));
  }

  /** The stream of a channel, which is used now. */
  #stream(channel: string, now: number, ttlMs = 0): Stream {
    const stream = this.#streams.get(channel) ?? { position: newPosition(), expiresAt: 0, kept: [] };
    stream.expiresAt = renewedExpiry(stream.expiresAt, now, ttlMs);
    this.#streams.set(channel, stream);
    return stream;
  }
}

function newPosition(): Position {
  return { offset: 0, epoch: crypto.randomUUID() };
}

function expiryOf({ expiresAt }: Stream['kept'][number]): number {
  return expiresAt;
}
