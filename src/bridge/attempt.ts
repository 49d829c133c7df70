import type { Upstream } from '../config/bridge.ts';
import { Rejected } from '../config/errors.ts';
import type { Affinity } from './affinity.ts';
import type { Lease, UpstreamPool } from './pool.ts';

/**
 * Opens a connection to an upstream. `Rejected` says that the upstream failed, and is what the client gets if no other one
 * does better. A throw says that it is not known how the upstream is, for example since the client has gone.
 */
export type Dial<U extends Upstream, T> = (upstream: U) => Promise<T | Rejected>;

export interface Opened<U extends Upstream, T> {
  connection: T;
  /** To be released when the connection is over. */
  lease: Lease<U>;
}

/** Opens a connection to an upstream of the pool; where that one fails, and it may be repeated, once more to another one. */
export async function openUpstream<U extends Upstream, T>(
  pool: UpstreamPool<U>,
  affinity: Affinity,
  dial: Dial<U, T>,
  now: () => number,
  mayRepeat = true,
): Promise<Opened<U, T> | Rejected> {
  const first = pool.choose(affinity, now());
  if (first instanceof Rejected) return first;
  const opened = await attempt(first, dial, now);
  if (!(opened instanceof Rejected) || !mayRepeat) return opened;
  const second = pool.choose(affinity, now(), first.upstream);
  return second instanceof Rejected ? opened : attempt(second, dial, now);
}

async function attempt<U extends Upstream, T>(
  lease: Lease<U>,
  dial: Dial<U, T>,
  now: () => number,
): Promise<Opened<U, T> | Rejected> {
  try {
    const connection = await dial(lease.upstream);
    if (connection instanceof Rejected) {
      lease.reportFailure(now());
      return connection;
    }
    lease.reportSuccess();
    return { connection, lease };
  } catch (error) {
    lease.release();
    throw error;
  }
}
