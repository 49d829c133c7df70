import { runInDurableObject } from 'cloudflare:test';
import { SqlHistory } from '../../durable/sql-history.ts';
import { describeHistory } from '../contract/history.ts';
import { ROOM } from './client.ts';

describeHistory('history in SQLite', (test) => {
  const room = ROOM.getByName(crypto.randomUUID());
  return runInDurableObject(room, (_, { storage: { sql } }) => test(new SqlHistory(sql), () => new SqlHistory(sql)));
});
