import { runInDurableObject } from 'cloudflare:test';
import { expect, it } from 'vitest';
import { SqlPatternStore } from '../../durable/sql-pattern-store.ts';
import { describePatternStore } from '../contract/pattern-store.ts';
import { ROOM } from './client.ts';

/** Runs a test with the SQLite of an object that nobody else uses. */
function withSql(test: (sql: SqlStorage) => void): Promise<void> {
  const room = ROOM.getByName(crypto.randomUUID());
  return runInDurableObject(room, (_, { storage: { sql } }) => test(sql));
}

const tablesIn = (sql: SqlStorage) =>
  sql.exec("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'").toArray();

describePatternStore('what patterns keep in SQLite', (test) =>
  withSql((sql) => test(new SqlPatternStore(sql, 'requests'), () => new SqlPatternStore(sql, 'requests'))),
);

it('keeps patterns apart', () =>
  withSql((sql) => {
    const [requests, pushed] = [new SqlPatternStore(sql, 'requests'), new SqlPatternStore(sql, 'pushed')];
    const kept = { id: 1, message: new Uint8Array([1]), worker: null, until: 5 };
    requests.put(kept);
    pushed.put({ ...kept, message: new Uint8Array([2]) });
    pushed.delete(7);
    requests.delete(1);
    expect([requests.list(), pushed.list().map(({ message }) => [...message])]).toEqual([[], [[2]]]);
  }));

it('makes no table where it is only looked at', () =>
  withSql((sql) => {
    expect(new SqlPatternStore(sql, 'requests').list()).toEqual([]);
    expect(tablesIn(sql)).toEqual([]);
  }));
