/** What every `HistoryStore` has to do, whatever it is made of. */
import { describe, expect, it } from 'vitest';
import { type HistoryStore, recover, STREAM_TTL_MS } from '../../src/room/history.ts';
import type { Draft } from '../../src/room/publication.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const KEEP = { size: 100, ttlMs: 1000 };

function draft(data: string | ArrayBuffer, changes: Partial<Draft> = {}): Draft {
  return { data, json: false, publisher: null, tags: null, ...changes };
}

const drafts = (...texts: string[]) => texts.map((text) => draft(text));
const textsOf = (publications: readonly Draft[]) => publications.map(({ data }) => data);

/** Runs the suite. `withStore` hands an empty store to a test, and makes it anew from what it wrote where asked. */
export function describeHistory(
  name: string,
  withStore: (test: (store: HistoryStore, reopen: () => HistoryStore) => void) => Promise<void> | void,
): void {
  const rule = (title: string, test: Parameters<typeof withStore>[0]) => it(title, () => withStore(test));

  describe(name, () => {
    rule('begins a stream at offset 0, with an epoch that stays', (store, reopen) => {
      const { offset, epoch } = store.position('a', 0);
      expect(offset).toBe(0);
      expect(epoch).not.toBe('');
      store.append('a', drafts('1', '2'), KEEP, 0);
      expect(store.position('a', 0)).toEqual({ offset: 2, epoch });
      expect(reopen().position('a', 0).epoch).toBe(epoch);
    });

    rule('forgets in time also a stream whose name is no text of Unicode', (store) => {
      for (const channel of ['a\ud800', 'a\ud801', 'a\u0000b']) store.append(channel, drafts('1'), KEEP, 0);
      expect(store.trim(STREAM_TTL_MS + DAY_MS)).toBeNull();
      expect(store.position('a\ud800', STREAM_TTL_MS + DAY_MS).offset).toBe(0);
    });

    rule('ends a stream, which then begins anew, and no other', (store, reopen) => {
      store.end(() => true);
      store.append('a', drafts('1', '2'), KEEP, 0);
      store.append('b', drafts('3'), KEEP, 0);
      const before = ['a', 'b'].map((channel) => store.position(channel, 0));
      store.end((channel) => channel === 'a');
      for (const after of [store, reopen()]) {
        expect(after.position('b', 0)).toEqual(before[1]);
        expect(after.position('a', 0)).toEqual({ offset: 0, epoch: expect.not.stringMatching(before[0]?.epoch ?? '') });
        expect([textsOf(after.read('a', {}, 0)), textsOf(after.read('b', {}, 0))]).toEqual([[], ['3']]);
      }
    });

    rule('gives streams epochs of their own', (store) => {
      expect(store.position('a', 0).epoch).not.toBe(store.position('b', 0).epoch);
    });

    rule('numbers what is appended without gaps, and says when it was', (store) => {
      const first = store.append('a', drafts('1'), KEEP, 5);
      const more = store.append('a', drafts('2', '3'), KEEP, 6);
      expect([...first, ...more].map(({ offset, time }) => [offset, time])).toEqual([
        [1, 5],
        [2, 6],
        [3, 6],
      ]);
    });

    rule('gives back what was appended, as it was', (store) => {
      const publisher = { userId: 'ada', connectionId: 'c1' };
      const written = [
        draft('text "é" 🙂'),
        draft('{"a":1}', { json: true, publisher }),
        draft(new Uint8Array([0, 255]).buffer, { tags: { kind: 'binary' } }),
        draft(''),
        draft(new ArrayBuffer(0)),
      ];
      const appended = store.append('a', written, KEEP, 7);
      expect(store.read('a', {}, 7)).toEqual(appended);
      expect(appended).toEqual(written.map((one, index) => ({ ...one, offset: index + 1, time: 7 })));
    });

    rule('reads forwards from a place, and backwards before one, up to a limit', (store) => {
      store.append('a', drafts('1', '2', '3', '4', '5'), KEEP, 0);
      expect(textsOf(store.read('a', { since: 2 }, 0))).toEqual(['3', '4', '5']);
      expect(textsOf(store.read('a', { since: 2, limit: 2 }, 0))).toEqual(['3', '4']);
      expect(textsOf(store.read('a', { reverse: true, limit: 2 }, 0))).toEqual(['5', '4']);
      expect(textsOf(store.read('a', { since: 4, reverse: true, limit: 2 }, 0))).toEqual(['3', '2']);
      expect(store.read('a', { limit: 0 }, 0)).toEqual([]);
      expect(store.read('a', { since: 5 }, 0)).toEqual([]);
    });

    rule('keeps the newest publications, up to the size', (store) => {
      const keep = { ...KEEP, size: 2 };
      store.append('a', drafts('1', '2'), keep, 0);
      expect(textsOf(store.read('a', {}, 0))).toEqual(['1', '2']);
      store.append('a', drafts('3'), keep, 0);
      expect(textsOf(store.read('a', {}, 0))).toEqual(['2', '3']);
      store.append('a', drafts('4', '5', '6', '7'), keep, 0);
      expect(textsOf(store.read('a', {}, 0))).toEqual(['6', '7']);
      expect(store.position('a', 0).offset).toBe(7);
    });

    rule('keeps a publication until its time is over, and reads it no longer', (store) => {
      store.append('a', drafts('1'), KEEP, 0);
      store.append('a', drafts('2'), KEEP, 500);
      expect(textsOf(store.read('a', {}, 999))).toEqual(['1', '2']);
      expect(textsOf(store.read('a', {}, 1000))).toEqual(['2']);
      expect(store.read('a', {}, 1500)).toEqual([]);
      expect(store.position('a', 0).offset).toBe(2);
    });

    rule('trims what has expired, and says when the next one will', (store) => {
      expect(store.trim(0)).toBeNull();
      store.append('a', drafts('1'), KEEP, 0);
      store.append('b', drafts('2'), KEEP, 500);
      expect(store.trim(0)).toBe(1000);
      expect(store.trim(1000)).toBe(1500);
      // What is left to expire are the streams themselves.
      expect(store.trim(1500)).toBe(STREAM_TTL_MS + DAY_MS);
    });

    describe('a stream that nobody uses', () => {
      const over = STREAM_TTL_MS + DAY_MS;

      rule('is remembered for its time, and begins anew after it under another epoch', (store, reopen) => {
        store.append('a', drafts('1', '2'), KEEP, 0);
        const before = store.position('a', 0);
        store.trim(over - 1);
        expect(reopen().position('a', 0)).toEqual(before);
        expect(store.trim(over)).toBeNull();
        const lost = recover(store, 'a', before, 100, over);
        expect(lost).toMatchObject({ recovered: false, publications: [], position: { offset: 0 } });
        expect(lost.position.epoch).not.toBe(before.epoch);
        expect(store.append('a', drafts('3'), KEEP, over)[0]?.offset).toBe(1);
        expect(recover(store, 'a', { ...before, offset: 0 }, 100, over).recovered).toBe(false);
        expect(reopen().position('a', over)).toEqual({ ...lost.position, offset: 1 });
      });

      rule('is forgotten also where nothing was ever published', (store) => {
        const { epoch } = store.position('a', 0);
        expect(store.trim(over - 1)).toBe(over);
        expect(store.trim(over)).toBeNull();
        expect(store.position('a', over).epoch).not.toBe(epoch);
      });

      rule('is remembered for longer with each publication, and each look', (store, reopen) => {
        const { epoch } = store.position('a', 0);
        const uses = [
          (now: number) => store.append('a', drafts('1'), KEEP, now),
          (now: number) => store.position('a', now),
          (now: number) => recover(store, 'a', { offset: 0, epoch }, 100, now),
        ];
        for (const [index, use] of uses.entries()) {
          const now = (index + 1) * (STREAM_TTL_MS - 1);
          use(now);
          store.trim(now + STREAM_TTL_MS - 1);
          expect(reopen().position('a', now).epoch).toBe(epoch);
        }
      });

      rule('is remembered for as long as what is kept of it, whatever is kept later', (store) => {
        const long = { size: 100, ttlMs: 10 * STREAM_TTL_MS };
        const [first] = store.append('a', drafts('1'), long, 0);
        store.append('a', drafts('2'), KEEP, 1);
        const since = { ...store.position('a', 1), offset: 0 };
        expect(store.trim(long.ttlMs - 1)).toBe(long.ttlMs);
        expect(store.read('a', {}, long.ttlMs - 1)).toEqual([first]);
        expect(store.position('a', long.ttlMs - 1)).toEqual({ ...since, offset: 2 });
      });

      rule('is remembered while somebody is on its channel', (store) => {
        const before = ['a', 'b'].map(
          (channel) => store.append(channel, drafts('1'), KEEP, 0) && store.position(channel, 0),
        );
        expect(store.trim(over, (channel) => channel === 'a')).toBe(2 * over);
        expect(store.position('a', over)).toEqual(before[0]);
        expect(store.position('b', over)).not.toEqual(before[1]);
      });
    });

    rule('keeps channels apart', (store) => {
      store.append('a', drafts('1'), KEEP, 0);
      store.append('b', drafts('2'), KEEP, 0);
      store.clear('a');
      expect(store.read('a', {}, 0)).toEqual([]);
      expect(textsOf(store.read('b', {}, 0))).toEqual(['2']);
    });

    rule('forgets publications and not the place when it is cleared', (store) => {
      store.append('a', drafts('1', '2'), KEEP, 0);
      const before = store.position('a', 0);
      store.clear('a');
      expect(store.position('a', 0)).toEqual(before);
      expect(store.append('a', drafts('3'), KEEP, 0)[0]?.offset).toBe(3);
    });

    rule('takes any text as a name of a channel', (store) => {
      const names = ['', "'; DROP TABLE streams; --", 'é🙂', '__proto__', 'a\0b'];
      for (const name of names) store.append(name, drafts(name), KEEP, 0);
      for (const name of names) expect(textsOf(store.read(name, {}, 0))).toEqual([name]);
    });

    describe('a client that comes back', () => {
      rule('gets what it missed, once and in order', (store) => {
        const since = store.position('a', 0);
        store.append('a', drafts('1', '2', '3'), KEEP, 0);
        expect(recover(store, 'a', since, 100, 0)).toMatchObject({ recovered: true, position: { offset: 3 } });
        expect(textsOf(recover(store, 'a', { ...since, offset: 1 }, 100, 0).publications)).toEqual(['2', '3']);
        expect(recover(store, 'a', { ...since, offset: 3 }, 100, 0)).toMatchObject({
          recovered: true,
          publications: [],
        });
      });

      rule('that knows no epoch yet gets everything, if that is still there', (store) => {
        store.append('a', drafts('1', '2'), { ...KEEP, size: 2 }, 0);
        expect(textsOf(recover(store, 'a', { offset: 0, epoch: '' }, 100, 0).publications)).toEqual(['1', '2']);
        store.append('a', drafts('3'), { ...KEEP, size: 2 }, 0);
        expect(recover(store, 'a', { offset: 0, epoch: '' }, 100, 0).recovered).toBe(false);
      });

      rule('is told so where something it missed is gone: by size, by age, or cleared', (store) => {
        const since = store.position('a', 0);
        store.append('a', drafts('1', '2', '3'), { ...KEEP, size: 2 }, 0);
        const lost = { recovered: false, publications: [], position: { ...since, offset: 3 } };
        expect(recover(store, 'a', since, 100, 0)).toEqual(lost);
        expect(recover(store, 'a', { ...since, offset: 1 }, 100, 0).recovered).toBe(true);
        expect(recover(store, 'a', { ...since, offset: 1 }, 100, 1000)).toEqual(lost);
        store.clear('a');
        expect(recover(store, 'a', { ...since, offset: 2 }, 100, 0)).toEqual(lost);
        expect(recover(store, 'a', { ...since, offset: 3 }, 100, 0).recovered).toBe(true);
      });

      rule('is told so where its position is of another stream, or ahead of this one', (store) => {
        store.append('a', drafts('1'), KEEP, 0);
        const { epoch } = store.position('a', 0);
        expect(recover(store, 'a', { offset: 1, epoch: 'another' }, 100, 0).recovered).toBe(false);
        expect(recover(store, 'a', { offset: 1, epoch: '' }, 100, 0).recovered).toBe(false);
        expect(recover(store, 'a', { offset: 2, epoch }, 100, 0).recovered).toBe(false);
      });

      rule('is told so where it missed more than may be sent at once', (store) => {
        const since = store.position('a', 0);
        store.append('a', drafts('1', '2', '3'), KEEP, 0);
        expect(recover(store, 'a', since, 3, 0).recovered).toBe(true);
        expect(recover(store, 'a', since, 2, 0)).toMatchObject({ recovered: false, publications: [] });
      });
    });

    rule('finds everything again after it was opened anew', (store, reopen) => {
      const appended = store.append('a', drafts('1', '2'), KEEP, 0);
      const again = reopen();
      expect(again.read('a', {}, 0)).toEqual(appended);
      expect(again.append('a', drafts('3'), KEEP, 0)[0]?.offset).toBe(3);
    });
  });
}
