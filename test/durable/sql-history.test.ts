import { runInDurableObject } from 'cloudflare:test';
import { expect, it } from 'vitest';
import { SqlHistory } from '../../durable/sql-history.ts';
import { STREAM_TTL_MS } from '../../src/room/history.ts';
import { describeHistory } from '../contract/history.ts';
import { ROOM } from './client.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const KEEP = { size: 100, ttlMs: 1000 };
const DRAFT = { data: 'x', json: false, publisher: null, tags: null };

function withSql<T>(test: (sql: SqlStorage) => T): Promise<T> {
  const room = ROOM.getByName(crypto.randomUUID());
  return runInDurableObject(room, (_, { storage: { sql } }) => test(sql));
}

describeHistory('history in SQLite', (test) => withSql((sql) => test(new SqlHistory(sql), () => new SqlHistory(sql))));

it('writes no more for a publication because streams can be forgotten, but once a day', () =>
  withSql((sql) => {
    let rows = 0;
    const counting = {
      exec(query: string, ...bindings: unknown[]) {
        const cursor = sql.exec(query, ...bindings);
        rows += cursor.rowsWritten;
        return cursor;
      },
    } as SqlStorage;
    const history = new SqlHistory(counting);
    const rowsFor = (now: number) => {
      const before = rows;
      history.append('a', [DRAFT], KEEP, now);
      return rows - before;
    };
    const [, second, third] = [rowsFor(0), rowsFor(1), rowsFor(DAY_MS - 1)];
    // The publication, its entry in the index of expiries, and the place of the stream.
    expect([second, third]).toEqual([3, 3]);
    expect(rowsFor(DAY_MS + 1)).toBeGreaterThan(3);
    expect(rowsFor(DAY_MS + 2)).toBe(3);
  }));

it('keeps the streams of a room from before they could be forgotten, for their time', () =>
  withSql((sql) => {
    const now = Date.now();
    const keptUntil = now + 100 * DAY_MS;
    sql.exec('CREATE TABLE migrations (version INTEGER PRIMARY KEY)');
    sql.exec('INSERT INTO migrations VALUES (1)');
    sql.exec(
      'CREATE TABLE streams (channel TEXT PRIMARY KEY, epoch TEXT NOT NULL, offset INTEGER NOT NULL) WITHOUT ROWID',
    );
    sql.exec(
      `CREATE TABLE publications (channel TEXT NOT NULL, offset INTEGER NOT NULL, data ANY NOT NULL, json INTEGER NOT NULL,
       publisher TEXT, tags TEXT, time INTEGER NOT NULL, expires_at INTEGER NOT NULL, PRIMARY KEY (channel, offset)
       ) STRICT, WITHOUT ROWID`,
    );
    sql.exec("INSERT INTO streams VALUES ('short', 'e1', 7), ('long', 'e2', 1)");
    sql.exec("INSERT INTO publications VALUES ('long', 1, 'x', 0, NULL, NULL, 0, ?)", keptUntil);
    const expiries = () => {
      const rows = sql.exec<{ channel: string; expires_at: number }>('SELECT channel, expires_at FROM streams');
      return Object.fromEntries(rows.toArray().map(({ channel, expires_at }) => [channel, expires_at]));
    };
    new SqlHistory(sql).trim(now);
    expect(expiries()).toEqual({ short: expect.any(Number), long: keptUntil });
    expect(expiries().short).toBeGreaterThan(now + STREAM_TTL_MS);
    const history = new SqlHistory(sql);
    expect([history.position('short', now), history.position('long', now)]).toEqual([
      { offset: 7, epoch: 'e1' },
      { offset: 1, epoch: 'e2' },
    ]);
    history.trim(keptUntil);
    expect(expiries()).toEqual({});
  }));
