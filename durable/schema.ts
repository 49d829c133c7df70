/** The tables of a room. Each migration runs once, in this order; one that was released is never changed. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE streams (
     channel TEXT PRIMARY KEY,
     epoch TEXT NOT NULL,
     offset INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE publications (
     channel TEXT NOT NULL,
     offset INTEGER NOT NULL,
     data ANY NOT NULL,
     json INTEGER NOT NULL,
     publisher TEXT,
     tags TEXT,
     time INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     PRIMARY KEY (channel, offset)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX publications_by_expiry ON publications (expires_at);`,
  `CREATE TABLE idempotency_keys (
     channel TEXT NOT NULL,
     key TEXT NOT NULL,
     offset INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     PRIMARY KEY (channel, key)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);`,
];

/** Brings a room's tables up to date. */
export function migrate(sql: SqlStorage): void {
  sql.exec('CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY)');
  const { done } = sql.exec<{ done: number }>('SELECT count(*) AS done FROM migrations').one();
  for (let version = done + 1; version <= MIGRATIONS.length; version++) {
    sql.exec(MIGRATIONS[version - 1] ?? '');
    sql.exec('INSERT INTO migrations VALUES (?)', version);
  }
}
