/** What every `SessionStore` has to do, whatever it is made of. */
import { describe, expect, it } from 'vitest';
import { createSession, type Session } from '../../src/grip/session.ts';
import type { SessionStore } from '../../src/grip/store.ts';

function session(id: string, changes: Partial<Session> = {}): Session {
  return { ...createSession(id, 'https://app.example/', [['cookie', 'a=b']]), phase: 'open', ...changes };
}

/** Runs the suite. `withStore` hands an empty store to a test, and makes it anew from what it wrote where asked. */
export function describeSessionStore(
  name: string,
  withStore: (test: (store: SessionStore, reopen: () => SessionStore) => void) => Promise<void> | void,
): void {
  const rule = (title: string, test: Parameters<typeof withStore>[0]) => it(title, () => withStore(test));

  describe(name, () => {
    rule('is empty at first', (store) => {
      expect([store.get('a'), store.ids(), store.dueBy(1e15), store.nextAfter(0)]).toEqual([null, [], [], null]);
    });

    rule('gives back what was put into it, bytes and all, also after it was opened anew', (store, reopen) => {
      const events = [
        { type: 'TEXT' as const, text: 'é\ud83d' },
        { type: 'BINARY' as const, bytes: Uint8Array.of(0, 255) },
        { type: 'CLOSE' as const, code: null, reason: '' },
      ];
      const request = { events, bytes: 40, retries: 1, retryAt: 7 };
      const idle = { message: Uint8Array.of(1), mode: 'idle' as const, intervalMs: 5 };
      const kept = session('a', { queue: events, queueBytes: 40, request, idle, meta: [['base64', 'x']], prefix: '' });
      store.put(kept, 7);
      expect([store.get('a'), reopen().get('a')]).toEqual([kept, kept]);
    });

    rule('writes over the one with the same id, time and all', (store, reopen) => {
      store.put(session('a'), 5);
      store.put(session('a', { prefix: 'm:' }), null);
      expect([reopen().get('a')?.prefix, store.dueBy(10)]).toEqual(['m:', []]);
    });

    rule('does not follow what was put once it changes', (store) => {
      const one = session('a');
      store.put(one, null);
      one.phase = 'over';
      expect(store.get('a')?.phase).toBe('open');
    });

    rule('tells whose time has come, and the next time', (store, reopen) => {
      for (const [id, time] of [
        ['a', 5],
        ['b', 7],
        ['c', null],
        ['d', 5],
      ] as const)
        store.put(session(id), time);
      const opened = reopen();
      expect([opened.dueBy(4), opened.dueBy(5).sort(), opened.dueBy(7).sort()]).toEqual([
        [],
        ['a', 'd'],
        ['a', 'b', 'd'],
      ]);
      expect([opened.nextAfter(0), opened.nextAfter(4), opened.nextAfter(5), opened.nextAfter(7)]).toEqual([
        5,
        5,
        7,
        null,
      ]);
    });

    rule('deletes one, and nothing where it is not there', (store, reopen) => {
      for (const id of ['a', 'b']) store.put(session(id), 1);
      store.delete('a');
      store.delete('c');
      expect([reopen().ids(), reopen().dueBy(1)]).toEqual([['b'], ['b']]);
    });

    rule('has nothing to do with what another version wrote', (store) => {
      store.put(session('a', { version: 0 as 1 }), null);
      expect(store.get('a')).toBeNull();
    });
  });
}
