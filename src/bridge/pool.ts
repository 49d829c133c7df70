import type { ResolvedPool, Upstream } from '../config/bridge.ts';
import { Rejected } from '../config/errors.ts';
import type { Affinity } from './affinity.ts';
import { byChance, byHash, type Candidate, leastConnections, roundRobin } from './policy.ts';

/** A place at an upstream, taken for one connection. */
export interface Lease<U extends Upstream> {
  readonly upstream: U;
  /** What the client must get as `Set-Cookie` with the answer to its upgrade (RFC 6455 section 1.3), or null. */
  readonly setCookie: string | null;
  /** The upstream took the connection: it is there. The place stays taken. */
  reportSuccess(): void;
  /** The upstream did not take the connection. It is left out from `now` on, and the place is given back. */
  reportFailure(now: number): void;
  /** Gives the place back, once the connection is over. Once is enough, and twice does no harm. */
  release(): void;
}

interface Member<U extends Upstream> extends Candidate {
  upstream: U;
  /** When it failed, in milliseconds since 1970; null while it is not known to. */
  failedAt: number | null;
  /** When somebody began to try it, in milliseconds since 1970; null while nobody does. */
  probedAt: number | null;
}

/** Seconds after which to ask again at the earliest, and where nothing says how long it takes. */
const RETRY_SECONDS = 1;

/** A part of a long round is random enough, and takes a few milliseconds at most (2.5 for 100 upstreams). */
const MAX_TURNS_BEFORE = 1000;

/**
 * The upstreams of a route: which one a connection goes to, how many each has, and which ones are left out.
 *
 * It lives in one isolate and knows of no other: connections, turns and failures are counted in each by itself.
 */
export class UpstreamPool<U extends Upstream> {
  readonly #members: readonly Member<U>[];
  readonly #options: ResolvedPool;
  readonly #random: () => number;

  /** `random` gives numbers from 0 and under 1. */
  constructor(upstreams: readonly U[], options: ResolvedPool, random: () => number) {
    this.#members = upstreams.map((upstream) => ({
      upstream,
      key: upstream.key,
      weight: upstream.weight,
      open: 0,
      owed: 0,
      failedAt: null,
      probedAt: null,
    }));
    this.#options = options;
    this.#random = random;
    this.#beginAnywhere();
  }

  /** Takes some of a round's turns, so that isolates don't all begin with the upstream that is listed first. */
  #beginAnywhere(): void {
    const sharing = this.#members.filter(({ weight }) => weight > 0);
    const round = sharing.reduce((total, { weight }) => total + weight, 0);
    const turns = Math.floor(this.#random() * Math.min(round, MAX_TURNS_BEFORE));
    for (let turn = 0; turn < turns; turn++) roundRobin(sharing);
  }

  /**
   * Takes a place at an upstream, at `now` (milliseconds since 1970); never at `except`, where another try has failed.
   * Whoever gets it reports how it went, and releases it in the end.
   *
   * An upstream that failed comes back with one connection, the probe: until that one went well, nobody else gets it.
   */
  choose(affinity: Affinity, now: number, except: U | null = null): Lease<U> | Rejected {
    const free = this.#members.filter((member) => member.upstream !== except && this.#isFree(member, now));
    const chosen =
      this.#bound(affinity, free) ??
      this.#pick(
        affinity,
        free.filter(({ weight }) => weight > 0),
      );
    if (chosen === null) return this.#unavailable(now);
    return this.#lease(chosen, setCookie(affinity, chosen), now);
  }

  #isFree(member: Member<U>, now: number): boolean {
    if (member.open >= (this.#options.maxConnections ?? Number.POSITIVE_INFINITY)) return false;
    return member.failedAt === null || (!this.#isProbed(member, now) && this.#msLeft(member.failedAt, now) === 0);
  }

  /** A probe that has taken longer than it may is lost: a runtime can end a request without anybody getting to report. */
  #isProbed({ probedAt }: Member<U>, now: number): boolean {
    return probedAt !== null && now >= probedAt && now - probedAt <= this.#options.connectTimeoutMs;
  }

  /** Milliseconds for which an upstream that failed is still left out. */
  #msLeft(failedAt: number, now: number): number {
    const elapsed = now - failedAt;
    // A clock that is set back must not keep it out for longer.
    return elapsed < 0 ? 0 : Math.max(0, this.#options.disableMs - elapsed);
  }

  #bound(affinity: Affinity, free: readonly Member<U>[]): Member<U> | undefined {
    return affinity.kind === 'cookie' ? free.find(({ key }) => key === affinity.bound) : undefined;
  }

  #pick(affinity: Affinity, free: readonly Member<U>[]): Member<U> | null {
    if (affinity.kind === 'key') return byHash(free, affinity.key);
    switch (this.#options.policy) {
      case 'random':
        return byChance(free, this.#random);
      case 'least_conn':
        return leastConnections(free);
      default:
        return roundRobin(free);
    }
  }

  #lease(member: Member<U>, setCookie: string | null, now: number): Lease<U> {
    const isProbe = member.failedAt !== null;
    let isOpen = true;
    let isSettled = false;
    member.open++;
    if (isProbe) member.probedAt = now;
    const settle = (failedAt: number | null) => {
      if (isSettled) return;
      isSettled = true;
      member.failedAt = failedAt;
      if (isProbe) member.probedAt = null;
    };
    const release = () => {
      if (!isOpen) return;
      isOpen = false;
      member.open--;
      // Who left before it was clear how it went has proven nothing.
      settle(member.failedAt);
    };
    return {
      upstream: member.upstream,
      setCookie,
      reportSuccess: () => settle(null),
      reportFailure: (now) => {
        settle(now);
        release();
      },
      release,
    };
  }

  /** Says to come back when the first of those that are left out may be tried again. */
  #unavailable(now: number): Rejected {
    const waits = this.#members.flatMap(({ failedAt, weight }) =>
      failedAt === null || weight === 0 ? [] : [this.#msLeft(failedAt, now)],
    );
    const seconds = waits.length === 0 ? RETRY_SECONDS : Math.ceil(Math.min(...waits) / 1000);
    return new Rejected('ERR_UPSTREAMS_UNAVAILABLE', { 'Retry-After': String(Math.max(RETRY_SECONDS, seconds)) });
  }
}

function setCookie(affinity: Affinity, { key }: Upstream): string | null {
  return affinity.kind === 'cookie' && affinity.bound !== key ? affinity.cookieFor(key) : null;
}
