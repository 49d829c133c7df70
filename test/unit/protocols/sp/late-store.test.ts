import { describe, expect, it } from 'vitest';
import { LATE_MS, LateStore } from '../../../../src/protocols/sp/late-store.ts';
import { type Kept, MemoryStore } from '../../../../src/protocols/sp/store.ts';

/** A store below that notes what is done to it, and a time that comes when a test says so. */
function create(below = new MemoryStore()) {
  const done: string[] = [];
  const noting = {
    list: () => below.list(),
    put: (kept: Kept) => {
      done.push(`put ${kept.id} of ${kept.worker}`);
      below.put(kept);
    },
    delete: (id: number) => {
      done.push(`delete ${id}`);
      below.delete(id);
    },
  };
  const due: [number, () => void][] = [];
  const store = new LateStore(noting, (ms, task) => due.push([ms, task]));
  const pass = () => due.shift()?.[1]();
  return { store, below, done, due, pass };
}

const kept = (id: number, worker: number | null = null): Kept => ({
  id,
  message: new Uint8Array([id]),
  worker,
  until: 1,
});

describe('what is kept late', () => {
  it('is written after a while, and asks for that once', () => {
    const { store, done, due, pass } = create();
    for (const id of [1, 2]) store.put(kept(id));
    expect([done, due.map(([ms]) => ms)]).toEqual([[], [LATE_MS]]);
    pass();
    expect(done).toEqual(['put 1 of null', 'put 2 of null']);
    store.put(kept(3));
    expect(due).toHaveLength(1);
  });

  it('is never written where it is deleted sooner', () => {
    const { store, done, due, pass } = create();
    for (const id of [1, 2, 3]) {
      store.put(kept(id));
      store.delete(id);
    }
    expect(due).toHaveLength(1);
    pass();
    expect(done).toEqual([]);
  });

  it('is written once as it was put last, and deleted there too', () => {
    const { store, done, pass } = create();
    store.put(kept(1));
    store.put(kept(1, 5));
    pass();
    store.put(kept(1, 6));
    store.delete(1);
    pass();
    expect(done).toEqual(['put 1 of 5', 'delete 1']);
  });

  it('is deleted also where it was written before by another one', () => {
    const { below } = create();
    below.put(kept(1));
    const { store, done } = create(below);
    store.list();
    store.delete(1);
    expect([done, below.list()]).toEqual([['delete 1'], []]);
  });
});
