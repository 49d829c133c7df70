import { MemorySessions } from '../../src/grip/store.ts';
import { describeSessionStore } from './session-store.ts';

describeSessionStore('sessions in memory', (test) => {
  const store = new MemorySessions();
  test(store, () => store);
});
