import { fromJson, toJson } from './json.ts';
import { SESSION_VERSION, type Session } from './session.ts';

/** Where sessions are kept while their room sleeps. */
export interface SessionStore {
  /** The session of that id; null where there is none, or one that an older version wrote. */
  get(id: string): Session | null;
  /** Writes one, over the one that had its id. `wakeAt` in milliseconds since 1970; null for no time. */
  put(session: Readonly<Session>, wakeAt: number | null): void;
  delete(id: string): void;
  /** The ids of all there are. */
  ids(): string[];
  /** The ids of those whose time has come. */
  dueBy(now: number): string[];
  /** The first time after `now`; null for none. */
  nextAfter(now: number): number | null;
}

export function sessionText(session: Readonly<Session>): string {
  return toJson(session);
}

/** The session in a text that this version wrote, or null. */
export function parseSession(text: string): Session | null {
  const session = fromJson(text) as Session;
  return session.version === SESSION_VERSION ? session : null;
}

/** A store in memory: for tests, and for whoever can do without when the process ends. */
export class MemorySessions implements SessionStore {
  readonly #kept = new Map<string, { text: string; wakeAt: number | null }>();

  get(id: string): Session | null {
    const kept = this.#kept.get(id);
    return kept ? parseSession(kept.text) : null;
  }

  put(session: Readonly<Session>, wakeAt: number | null): void {
    this.#kept.set(session.id, { text: sessionText(session), wakeAt });
  }

  delete(id: string): void {
    this.#kept.delete(id);
  }

  ids(): string[] {
    return [...this.#kept.keys()];
  }

  dueBy(now: number): string[] {
    return [...this.#kept].filter(([, { wakeAt }]) => wakeAt !== null && wakeAt <= now).map(([id]) => id);
  }

  nextAfter(now: number): number | null {
    const times = [...this.#kept.values()].flatMap(({ wakeAt }) => (wakeAt !== null && wakeAt > now ? [wakeAt] : []));
    return times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b));
  }
}
