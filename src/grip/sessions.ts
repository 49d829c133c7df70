import { toJson } from './json.ts';
import { isUnderWay, wakeAt } from './requests.ts';
import type { Session } from './session.ts';
import type { SessionStore } from './store.ts';

/**
 * How far a time may have moved before it is written again: a connection that talks puts its keep-alive off with each message.
 * One that is woken too early for what was not written asks no sooner than that.
 */
const MAX_SHIFT_MS = 10_000;

interface Kept {
  /** What changes with time, but for times. */
  text: string;
  wakeAt: number | null;
}

interface Entry {
  session: Session;
  /** What was written of it; null for nothing yet. */
  kept: Kept | null;
}

/** The sessions of a room: those at work in memory, and all of them in the store. */
export class Sessions {
  readonly #store: SessionStore;
  readonly #entries = new Map<string, Entry>();

  constructor(store: SessionStore) {
    this.#store = store;
  }

  add(session: Session): void {
    this.#entries.set(session.id, { session, kept: null });
    this.keep(session);
  }

  find(id: string): Session | null {
    const known = this.#entries.get(id);
    if (known) return known.session;
    const session = this.#store.get(id);
    if (session) this.#entries.set(id, { session, kept: keptOf(session) });
    return session;
  }

  /** The session where it is in memory already. */
  loaded(id: string): Session | null {
    return this.#entries.get(id)?.session ?? null;
  }

  /** Writes what is new of a session, or deletes one that is over. What is under way is written when it has come back. */
  keep(session: Session): void {
    const entry = this.#entries.get(session.id);
    if (!entry || isUnderWay(session)) return;
    if (session.phase === 'over') {
      this.#forget(session.id);
      return;
    }
    const kept = keptOf(session);
    if (entry.kept?.text === kept.text && !hasMoved(entry.kept.wakeAt, kept.wakeAt)) return;
    this.#store.put(session, kept.wakeAt);
    entry.kept = kept;
  }

  /** Those whose time has come, by what was written. */
  dueBy(now: number): Session[] {
    return this.#find(this.#store.dueBy(now));
  }

  nextAfter(now: number): number | null {
    return this.#store.nextAfter(now);
  }

  /** Those that nothing here has to do with, but for whom `isThere` says so: their connections went with another process. */
  orphans(isThere: (id: string) => boolean): Session[] {
    return this.#find(this.#store.ids().filter((id) => !this.#entries.has(id) && !isThere(id)));
  }

  #find(ids: readonly string[]): Session[] {
    return ids.flatMap((id) => {
      const session = this.find(id);
      // What an older version wrote is of no use to anybody.
      if (session === null) this.#store.delete(id);
      return session ?? [];
    });
  }

  #forget(id: string): void {
    this.#entries.delete(id);
    this.#store.delete(id);
  }
}

function keptOf(session: Session): Kept {
  const { phase, prefix, client, closeSent, closeReceived, queue, refresh, request, keepAliveMs, idle, meta } = session;
  const parts = [phase, prefix, client, closeSent, closeReceived, queue, refresh, request, keepAliveMs, idle, meta];
  return { text: toJson(parts), wakeAt: wakeAt(session) };
}

function hasMoved(before: number | null, now: number | null): boolean {
  return before === null || now === null ? before !== now : Math.abs(now - before) >= MAX_SHIFT_MS;
}
