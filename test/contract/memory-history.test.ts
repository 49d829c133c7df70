import { MemoryHistory } from '../../src/room/memory-history.ts';
import { describeHistory } from './history.ts';

describeHistory('history in memory', (test) => {
  const store = new MemoryHistory();
  test(store, () => store);
});
