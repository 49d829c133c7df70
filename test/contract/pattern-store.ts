/** What every `PatternStore` has to do, whatever it is made of. */
import { describe, expect, it } from 'vitest';
import type { Kept, PatternStore } from '../../src/protocols/sp/store.ts';

function kept(id: number, changes: Partial<Kept> = {}): Kept {
  return { id, message: new Uint8Array([id, 0, 255]), worker: null, until: 1000 + id, ...changes };
}

/** Runs the suite. `withStore` hands an empty store to a test, and makes it anew from what it wrote where asked. */
export function describePatternStore(
  name: string,
  withStore: (test: (store: PatternStore, reopen: () => PatternStore) => void) => Promise<void> | void,
): void {
  const rule = (title: string, test: Parameters<typeof withStore>[0]) => it(title, () => withStore(test));

  describe(name, () => {
    rule('is empty at first', (store) => {
      expect(store.list()).toEqual([]);
    });

    rule('gives back what was put into it, as it was, also after it was opened anew', (store, reopen) => {
      const all = [kept(1), kept(2, { worker: 0x7fffffff }), kept(3, { message: new Uint8Array() })];
      for (const one of all) store.put(one);
      expect(store.list()).toEqual(all);
      expect(reopen().list()).toEqual(all);
    });

    rule('lists by id, whatever the order in which they were put', (store) => {
      for (const id of [10, 9, 2]) store.put(kept(id));
      expect(store.list().map(({ id }) => id)).toEqual([2, 9, 10]);
    });

    rule('keeps a view of bytes, and none beside it', (store, reopen) => {
      store.put(kept(1, { message: new Uint8Array([1, 2, 3, 4]).subarray(1, 3) }));
      expect([...(reopen().list()[0]?.message ?? [])]).toEqual([2, 3]);
    });

    rule('keeps a message of 1 MiB', (store, reopen) => {
      const message = new Uint8Array(1024 * 1024).fill(7);
      store.put(kept(1, { message }));
      expect(reopen().list()[0]?.message).toEqual(message);
    });

    rule('writes over the one with the same id', (store, reopen) => {
      store.put(kept(1));
      store.put(kept(1, { worker: 5 }));
      expect(reopen().list()).toEqual([kept(1, { worker: 5 })]);
    });

    rule('does not follow what was put once it changes', (store) => {
      const one = kept(1);
      store.put(one);
      one.worker = 5;
      for (const listed of store.list()) listed.worker = 6;
      expect(store.list()).toEqual([kept(1)]);
    });

    rule('deletes one, and nothing where it is not there', (store, reopen) => {
      for (const id of [1, 2]) store.put(kept(id));
      store.delete(1);
      store.delete(7);
      expect(reopen().list()).toEqual([kept(2)]);
    });
  });
}
