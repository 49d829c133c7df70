import type { ResolvedRoomOrigin } from '../../config/room-origin.ts';

type Options = Pick<ResolvedRoomOrigin, 'idleMs' | 'ping'>;

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Whether a connection still has somebody at its other end, which only messages tell: ping frames the runtime can't send,
 * and those that come it does not show. All times are milliseconds since 1970.
 */
export class Heartbeat {
  readonly #options: Options;
  #heardAt: number;
  #pingAt = NEVER;
  /** When it was asked first since it was heard. */
  #askedAt = NEVER;

  constructor(options: Options, now: number) {
    this.#options = options;
    this.#heardAt = now;
    this.#putPingOff(now);
  }

  heard(now: number): void {
    this.#heardAt = now;
    this.#askedAt = NEVER;
  }

  isOver(now: number): boolean {
    return now >= this.#overAt;
  }

  /** What is to be sent by now; null where nothing is. */
  takePing(now: number): string | null {
    if (now < this.#pingAt) return null;
    this.#askedAt = Math.min(this.#askedAt, now);
    this.#putPingOff(now);
    return this.#options.ping;
  }

  /** When there is something to do next, if nothing is heard until then. */
  get nextAt(): number {
    return Math.min(this.#overAt, this.#pingAt);
  }

  /** Who is to answer gets the time for it, also where we were late to ask. */
  get #overAt(): number {
    const { idleMs, ping } = this.#options;
    // Not so either where a room slept since before there was such an option.
    if (!(idleMs > 0)) return NEVER;
    const silentAt = this.#heardAt + idleMs;
    return ping === null ? silentAt : Math.max(silentAt, this.#askedAt + this.#halfMs);
  }

  #putPingOff(now: number): void {
    const { idleMs, ping } = this.#options;
    if (idleMs > 0 && ping !== null) this.#pingAt = now + this.#halfMs;
  }

  get #halfMs(): number {
    return Math.ceil(this.#options.idleMs / 2);
  }
}
