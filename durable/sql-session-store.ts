import type { Session } from '../src/grip/session.ts';
import { parseSession, type SessionStore, sessionText } from '../src/grip/store.ts';
import { migrate } from './schema.ts';

/** The sessions of a GRIP application server, in the object's SQLite. */
export class SqlSessionStore implements SessionStore {
  readonly #sql: SqlStorage;
  #migrated = false;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(id: string): Session | null {
    const [row] = this.#rows<{ session: string }>('SELECT session FROM grip_sessions WHERE id = ?', id);
    return row ? parseSession(row.session) : null;
  }

  put(session: Readonly<Session>, wakeAt: number | null): void {
    this.#rows('INSERT OR REPLACE INTO grip_sessions VALUES (?, ?, ?)', session.id, sessionText(session), wakeAt);
  }

  delete(id: string): void {
    this.#rows('DELETE FROM grip_sessions WHERE id = ?', id);
  }

  ids(): string[] {
    return this.#rows<{ id: string }>('SELECT id FROM grip_sessions').map(({ id }) => id);
  }

  dueBy(now: number): string[] {
    return this.#rows<{ id: string }>('SELECT id FROM grip_sessions WHERE wake_at <= ?', now).map(({ id }) => id);
  }

  nextAfter(now: number): number | null {
    const query = 'SELECT min(wake_at) AS time FROM grip_sessions WHERE wake_at > ?';
    return this.#rows<{ time: number | null }>(query, now)[0]?.time ?? null;
  }

  /** Only rooms with such an application server ever ask. */
  #rows<R extends Record<string, SqlStorageValue>>(query: string, ...values: (string | number | null)[]): R[] {
    if (!this.#migrated) migrate(this.#sql);
    this.#migrated = true;
    return this.#sql.exec<R>(query, ...values).toArray();
  }
}
