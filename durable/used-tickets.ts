/** The tickets that have opened a connection to a room, each until it has expired. Made when the first one comes. */
export class UsedTickets {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Marks a ticket as used; false where it was already, or has expired. Times are milliseconds since 1970. */
  use(id: string, until: number, now: number): boolean {
    if (until <= now) return false;
    this.#sql.exec(
      'CREATE TABLE IF NOT EXISTS used_tickets (id TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID',
    );
    this.#sql.exec('DELETE FROM used_tickets WHERE until < ?', now);
    const { rowsWritten } = this.#sql.exec('INSERT OR IGNORE INTO used_tickets VALUES (?, ?)', id, until);
    return rowsWritten > 0;
  }
}
