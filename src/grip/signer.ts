import { signGrip } from './signature.ts';

/** How long a signature is used again. It holds for an hour. */
const REUSE_MS = 60_000;

/** Signs requests. One signature serves for many: it says who asks, and until when. */
export class Signer {
  readonly #now: () => number;
  #made: { by: string; at: number; signature: Promise<string> } | null = null;

  constructor(now: () => number) {
    this.#now = now;
  }

  sign(issuer: string, key: string): Promise<string> {
    const now = this.#now();
    const by = `${issuer}\n${key}`;
    if (this.#made === null || this.#made.by !== by || now >= this.#made.at + REUSE_MS)
      this.#made = { by, at: now, signature: signGrip({ issuer, key }, now) };
    return this.#made.signature;
  }
}
