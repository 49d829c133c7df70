import { Rejected } from '../config/errors.ts';

/** The period that wrangler.toml gives the binding; it tells nothing of how long a caller has to wait. */
const PERIOD_SECONDS = '60';

/**
 * Counts an upgrade in the network's rate-limiting binding, which all isolates of a location share; null where it may go
 * on, or where no such binding is bound.
 */
export async function countUpgrade(binding: RateLimit | undefined, address: string | null): Promise<Rejected | null> {
  if (binding === undefined || address === null) return null;
  const { success } = await binding.limit({ key: address });
  return success ? null : new Rejected('ERR_TOO_MANY_UPGRADES', { 'Retry-After': PERIOD_SECONDS });
}
