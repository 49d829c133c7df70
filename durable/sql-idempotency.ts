import type { IdempotencyStore } from '../src/room/idempotency.ts';
import { migrate } from './schema.ts';

/**
 * Idempotency keys in the object's SQLite. What is written in one turn is one transaction of the runtime, so a key is there
 * exactly when what was published under it is.
 */
export class SqlIdempotency implements IdempotencyStore {
  readonly #sql: SqlStorage;
  #migrated = false;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  find(channel: string, key: string, now: number): number | null {
    this.#migrate();
    const query = 'SELECT offset FROM idempotency_keys WHERE channel = ? AND key = ? AND expires_at > ?';
    const [row] = this.#sql.exec<{ offset: number }>(query, channel, key, now).toArray();
    return row?.offset ?? null;
  }

  save(channel: string, key: string, offset: number, expiresAt: number): void {
    this.#migrate();
    this.#sql.exec('INSERT OR REPLACE INTO idempotency_keys VALUES (?, ?, ?, ?)', channel, key, offset, expiresAt);
  }

  trim(now: number): number | null {
    this.#migrate();
    this.#sql.exec('DELETE FROM idempotency_keys WHERE expires_at <= ?', now);
    return this.#sql.exec<{ next: number | null }>('SELECT min(expires_at) AS next FROM idempotency_keys').one().next;
  }

  /** Tables are made when they are first needed: most rooms need none. */
  #migrate(): void {
    if (!this.#migrated) migrate(this.#sql);
    this.#migrated = true;
  }
}
