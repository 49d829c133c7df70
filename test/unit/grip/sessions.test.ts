import { expect, it } from 'vitest';
import { onClientMessage } from '../../../src/grip/client.ts';
import { takeRequest } from '../../../src/grip/requests.ts';
import { createSession, push, type Session } from '../../../src/grip/session.ts';
import { Sessions } from '../../../src/grip/sessions.ts';
import { MemorySessions } from '../../../src/grip/store.ts';
import { LIMITS, NOW, opened, text } from './dialogue.ts';

/** A store that counts what is written. */
class Counted extends MemorySessions {
  writes = 0;

  override put(session: Session, wakeAt: number | null): void {
    this.writes++;
    super.put(session, wakeAt);
  }
}

function setUp(session = opened()) {
  const store = new Counted();
  const sessions = new Sessions(store);
  sessions.add(session);
  return { store, sessions, session };
}

it('writes a session once, and again only where it has changed', () => {
  const { store, sessions, session } = setUp();
  sessions.keep(session);
  expect(store.writes).toBe(1);
  session.meta = [['a', 'b']];
  sessions.keep(session);
  sessions.keep(session);
  expect([store.writes, store.get('c1')?.meta]).toEqual([2, [['a', 'b']]]);
});

it('writes a time again once it has moved by ten seconds', () => {
  const { store, sessions, session } = setUp();
  session.keepAliveAt = NOW;
  sessions.keep(session);
  session.keepAliveAt = NOW + 9999;
  sessions.keep(session);
  expect(store.nextAfter(0)).toBe(NOW);
  session.keepAliveAt = NOW + 10_000;
  sessions.keep(session);
  expect([store.nextAfter(0), store.writes]).toEqual([NOW + 10_000, 3]);
});

it('writes what waits, and nothing while a request is under way', () => {
  const { store, sessions, session } = setUp();
  onClientMessage(session, 'a', LIMITS);
  takeRequest(session, NOW);
  onClientMessage(session, 'b', LIMITS);
  sessions.keep(session);
  expect(store.get('c1')?.queue).toEqual([]);
  Object.assign(session.request as object, { retryAt: NOW + 5 });
  sessions.keep(session);
  const kept = new Sessions(store).find('c1');
  expect([kept?.request?.events, kept?.queue]).toEqual([[text('a')], [text('b')]]);
});

it('lets go of what is over', () => {
  const { store, sessions, session } = setUp();
  session.phase = 'over';
  sessions.keep(session);
  expect([store.ids(), sessions.find('c1')]).toEqual([[], null]);
});

it('reads a session once', () => {
  const { store } = setUp();
  const sessions = new Sessions(store);
  expect(sessions.loaded('c1')).toBeNull();
  const session = sessions.find('c1') as Session;
  push(session, text('a'));
  expect([sessions.find('c1'), sessions.loaded('c1')]).toEqual([session, session]);
  expect(sessions.find('c2')).toBeNull();
});

it('finds those whose connection nobody has, and clears away what it can not read', () => {
  const { store } = setUp();
  for (const id of ['c2', 'c3']) store.put(createSession(id, 'https://app.example/', []), null);
  store.put({ ...createSession('c4', 'https://app.example/', []), version: 0 as 1 }, null);
  const sessions = new Sessions(store);
  sessions.find('c3');
  expect(sessions.orphans((id) => id === 'c1').map(({ id }) => id)).toEqual(['c2']);
  expect(store.ids()).toEqual(['c1', 'c2', 'c3']);
});
