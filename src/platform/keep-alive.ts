import { waitUntil } from 'cloudflare:workers';

/** Lets work go on to its end also where the client that it is for goes away: the runtime would give it up in the middle. */
export function keepAlive<T>(work: Promise<T>): Promise<T> {
  // What comes of it is for whoever gets it.
  waitUntil(work.catch(() => {}));
  return work;
}
