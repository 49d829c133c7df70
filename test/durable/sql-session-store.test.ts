import { runInDurableObject } from 'cloudflare:test';
import { SqlSessionStore } from '../../durable/sql-session-store.ts';
import { describeSessionStore } from '../contract/session-store.ts';
import { ROOM } from './client.ts';

describeSessionStore('sessions in SQLite', (test) => {
  // Nobody else uses this object.
  const room = ROOM.getByName(crypto.randomUUID());
  return runInDurableObject(room, (_, { storage: { sql } }) =>
    test(new SqlSessionStore(sql), () => new SqlSessionStore(sql)),
  );
});
