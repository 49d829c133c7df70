import { MemoryStore } from '../../src/protocols/sp/store.ts';
import { describePatternStore } from './pattern-store.ts';

describePatternStore('what patterns keep in memory', (test) => {
  const store = new MemoryStore();
  test(store, () => store);
});
