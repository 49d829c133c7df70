import type { Kept, PatternStore } from '../src/protocols/sp/store.ts';
import { bufferOf } from '../src/util/bytes.ts';
import { migrate } from './schema.ts';

type Row = { id: number; message: ArrayBuffer; worker: number | null; until: number };

/** What a pattern of SP keeps, in the object's SQLite. */
export class SqlPatternStore implements PatternStore {
  readonly #sql: SqlStorage;
  readonly #pattern: string;
  #migrated = false;

  /** `pattern` tells the stores of one room apart. */
  constructor(sql: SqlStorage, pattern: string) {
    this.#sql = sql;
    this.#pattern = pattern;
  }

  list(): Kept[] {
    if (!this.#isThere()) return [];
    const query = 'SELECT id, message, worker, until FROM sp_kept WHERE pattern = ? ORDER BY id';
    const rows = this.#sql.exec<Row>(query, this.#pattern).toArray();
    return rows.map((row) => ({ ...row, message: new Uint8Array(row.message) }));
  }

  put({ id, message, worker, until }: Readonly<Kept>): void {
    this.#migrate();
    const values = [this.#pattern, id, bufferOf(message), worker, until];
    this.#sql.exec('INSERT OR REPLACE INTO sp_kept VALUES (?, ?, ?, ?, ?)', ...values);
  }

  delete(id: number): void {
    this.#migrate();
    this.#sql.exec('DELETE FROM sp_kept WHERE pattern = ? AND id = ?', this.#pattern, id);
  }

  /** Only to look does not make the table: most rooms never keep anything. */
  #isThere(): boolean {
    const query = "SELECT count(*) AS tables FROM sqlite_schema WHERE type = 'table' AND name = 'sp_kept'";
    return this.#sql.exec<{ tables: number }>(query).one().tables > 0;
  }

  #migrate(): void {
    if (!this.#migrated) migrate(this.#sql);
    this.#migrated = true;
  }
}
