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
  // Streams that were there before are remembered for a month from now, and for as long as they hold something.
  `ALTER TABLE streams ADD COLUMN expires_at INTEGER NOT NULL DEFAULT 0;
   UPDATE streams SET expires_at = max(
     (unixepoch() + 31 * 86400) * 1000,
     (SELECT coalesce(max(expires_at), 0) FROM publications WHERE publications.channel = streams.channel)
   );
   CREATE INDEX streams_by_expiry ON streams (expires_at);`,
  `CREATE TABLE sp_kept (
     pattern TEXT NOT NULL,
     id INTEGER NOT NULL,
     message BLOB NOT NULL,
     worker INTEGER,
     until INTEGER NOT NULL,
     PRIMARY KEY (pattern, id)
   ) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE grip_sessions (
     id TEXT PRIMARY KEY,
     session TEXT NOT NULL,
     wake_at INTEGER
   ) STRICT;
   CREATE INDEX grip_sessions_by_time ON grip_sessions (wake_at);`,
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

/** What a room has in its database: the tables and indexes that migrations make, and those that are made beside them. */
export const ROOM_TABLES: readonly string[] = [
  ...['migrations', 'used_tickets'],
  ...MIGRATIONS.flatMap((migration) =>
    [...migration.matchAll(/CREATE (?:TABLE|INDEX) (\w+)/g)].map(([, name]) => name ?? ''),
  ),
];
