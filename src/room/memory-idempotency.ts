import type { IdempotencyStore } from './idempotency.ts';

/** Idempotency keys in memory: for tests, and for whoever can do without them when the process ends. */
export class MemoryIdempotency implements IdempotencyStore {
  readonly #known = new Map<string, { offset: number; expiresAt: number }>();

  find(channel: string, key: string, now: number): number | null {
    const known = this.#known.get(nameOf(channel, key));
    return known !== undefined && known.expiresAt > now ? known.offset : null;
  }

  save(channel: string, key: string, offset: number, expiresAt: number): void {
    this.#known.set(nameOf(channel, key), { offset, expiresAt });
  }

  trim(now: number): number | null {
    let next: number | null = null;
    for (const [name, { expiresAt }] of this.#known) {
      if (expiresAt <= now) this.#known.delete(name);
      else next = Math.min(next ?? expiresAt, expiresAt);
    }
    return next;
  }
}

function nameOf(channel: string, key: string): string {
  return JSON.stringify([channel, key]);
}
