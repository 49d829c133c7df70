import { MemoryIdempotency } from '../../src/room/memory-idempotency.ts';
import { describeIdempotency } from './idempotency.ts';

describeIdempotency('idempotency keys in memory', (test) => {
  const store = new MemoryIdempotency();
  test(store, () => store);
});
