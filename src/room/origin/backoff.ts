/** How long to wait for an origin. */
export interface BackoffOptions {
  minRetryMs: number;
  maxRetryMs: number;
}

/**
 * Milliseconds to wait after so many failures in a row, 1 at least: by chance between the least wait and a bound that
 * doubles each time, so that rooms which lost one origin together do not come back together.
 */
export function retryDelay(failures: number, { minRetryMs, maxRetryMs }: BackoffOptions, random: () => number): number {
  const bound = Math.min(maxRetryMs, minRetryMs * 2 ** failures);
  return Math.round(minRetryMs + random() * (bound - minRetryMs));
}
