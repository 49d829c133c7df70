import { runInDurableObject } from 'cloudflare:test';
import { SqlIdempotency } from '../../durable/sql-idempotency.ts';
import { describeIdempotency } from '../contract/idempotency.ts';
import { ROOM } from './client.ts';

describeIdempotency('idempotency keys in SQLite', (test) => {
  const room = ROOM.getByName(crypto.randomUUID());
  return runInDurableObject(room, (_, { storage: { sql } }) =>
    test(new SqlIdempotency(sql), () => new SqlIdempotency(sql)),
  );
});
