/** Bytes after which the router is told at once. */
const STEP_BYTES = 256 * 1024;

/** Milliseconds after which it is told of fewer: the route may let no more be on their way than have come. */
const DELAY_MS = 50;

/** What the router is told of what came: the count of bytes that were passed on, in decimal. */
export class Receipts {
  readonly #send: (text: string) => void;
  readonly #after: (ms: number, task: () => void) => void;
  #bytes = 0;
  #told = 0;
  #isDue = false;

  /** `after` runs a task some milliseconds later. Says `0` at once, so that the router counts from the beginning. */
  constructor(send: (text: string) => void, after: (ms: number, task: () => void) => void) {
    this.#send = send;
    this.#after = after;
    send('0');
  }

  /** Counts bytes that were passed on. */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes - this.#told >= STEP_BYTES) this.#tell();
    else if (!this.#isDue) {
      this.#isDue = true;
      this.#after(DELAY_MS, this.#tellRest);
    }
  }

  readonly #tellRest = (): void => {
    this.#isDue = false;
    if (this.#bytes > this.#told) this.#tell();
  };

  #tell(): void {
    this.#told = this.#bytes;
    this.#send(String(this.#bytes));
  }
}
