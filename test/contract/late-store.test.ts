import { LateStore } from '../../src/protocols/sp/late-store.ts';
import { MemoryStore } from '../../src/protocols/sp/store.ts';
import { describePatternStore } from './pattern-store.ts';

describePatternStore('what patterns keep late', (test) => {
  const below = new MemoryStore();
  let due: (() => void)[] = [];
  const open = () => new LateStore(below, (_, task) => due.push(task));
  test(open(), () => {
    for (const task of due) task();
    due = [];
    return open();
  });
});
