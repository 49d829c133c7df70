/** What every `IdempotencyStore` has to do, whatever it is made of. */
import { describe, expect, it } from 'vitest';
import type { IdempotencyStore } from '../../src/room/idempotency.ts';

/** Runs the suite. `withStore` hands an empty store to a test, and makes it anew from what it wrote where asked. */
export function describeIdempotency(
  name: string,
  withStore: (test: (store: IdempotencyStore, reopen: () => IdempotencyStore) => void) => Promise<void> | void,
): void {
  const rule = (title: string, test: Parameters<typeof withStore>[0]) => it(title, () => withStore(test));

  describe(name, () => {
    rule('finds the offset that was saved under a key, 0 too, and nothing under others', (store) => {
      store.save('a', 'k', 7, 100);
      store.save('a', 'none', 0, 100);
      expect([store.find('a', 'k', 0), store.find('a', 'none', 0), store.find('a', 'K', 0)]).toEqual([7, 0, null]);
    });

    rule('keeps the keys of channels apart', (store) => {
      store.save('a', 'k', 1, 100);
      store.save('b', 'k', 2, 100);
      expect(['a', 'b', 'c'].map((channel) => store.find(channel, 'k', 0))).toEqual([1, 2, null]);
    });

    rule('finds a key until its time is over, trimmed or not', (store) => {
      store.save('a', 'k', 1, 100);
      expect([99, 100, 101].map((now) => store.find('a', 'k', now))).toEqual([1, null, null]);
    });

    rule('takes a key again, in place of what was there', (store) => {
      store.save('a', 'k', 1, 100);
      store.save('a', 'k', 2, 200);
      expect([store.find('a', 'k', 0), store.find('a', 'k', 150), store.trim(100)]).toEqual([2, 2, 200]);
    });

    rule('trims what has expired, and says when the next key will', (store) => {
      expect(store.trim(0)).toBeNull();
      store.save('a', 'k', 1, 100);
      store.save('b', 'k', 2, 150);
      expect([store.trim(99), store.trim(100), store.trim(150)]).toEqual([100, 150, null]);
      expect(store.find('a', 'k', 0)).toBeNull();
    });

    rule('takes any text as a key, and as the name of a channel', (store) => {
      const texts = ['', "'; DROP TABLE streams; --", 'é🙂', '__proto__', 'a\0b', '["a","b"]', 'x'.repeat(255)];
      const pairs = texts.flatMap((channel) => texts.map((key) => [channel, key] as const));
      for (const [index, [channel, key]] of pairs.entries()) store.save(channel, key, index, 100);
      expect(pairs.map(([channel, key]) => store.find(channel, key, 0))).toEqual(pairs.map((_, index) => index));
    });

    rule('finds everything again after it was opened anew', (store, reopen) => {
      store.save('a', 'k', 1, 100);
      expect([reopen().find('a', 'k', 0), reopen().trim(0)]).toEqual([1, 100]);
    });
  });
}
