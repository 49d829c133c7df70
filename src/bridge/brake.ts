/** Milliseconds for which a client is held back at once: each time twice as long. */
const HOLD_MS = { first: 1, longest: 5000 };

/** What a brake asks of the world around it. */
export interface BrakePort {
  /** Runs `task` after so many milliseconds, unless what it gives back is called before. */
  after(ms: number, task: () => void): () => void;
  /**
   * Takes nothing that comes from outside until `work` is done, neither messages nor the ends of reads and writes, but for
   * those that were begun in it. May fail only with all that there is.
   */
  holdBack(work: () => Promise<void>): Promise<void>;
}

/**
 * Holds a client back while too much of what it sent waits.
 *
 * It is held in turns: a hold must end some time, and reads and writes that were begun before it are told of their ends
 * only between two of them. Each time one more message comes in. That is why holds grow longer, also for a service that
 * reads but slowly, and why between two of them nothing is begun: what is begun inside goes on inside.
 */
export class Brake {
  readonly #port: BrakePort;
  readonly #isFull: () => boolean;
  #phase: 'off' | 'between' | 'inside' = 'off';
  readonly #postponed = new Set<() => void>();
  /** Ends what `#wait` waits for. */
  #wake: () => void = () => {};

  constructor(port: BrakePort, isFull: () => boolean) {
    this.#port = port;
    this.#isFull = isFull;
  }

  /** Holds the client back until `isFull` says no. */
  async pull(): Promise<void> {
    if (this.#phase !== 'off') return;
    this.#phase = 'between';
    for (let ms = HOLD_MS.first; this.#isFull(); ms = Math.min(2 * ms, HOLD_MS.longest)) {
      await this.#port.holdBack(() => this.#hold(ms));
      // Whatever comes now ends the wait: the next hold begins before a second message can come in.
      if (this.#isFull()) await this.#wait(0);
    }
    this.#phase = 'off';
    this.#beginPostponed();
  }

  /** Begins a read or a write at once, or as the next hold begins. */
  begin(task: () => void): void {
    if (this.#phase === 'between') this.#postponed.add(task);
    else task();
  }

  /** To be called whenever something has happened: a message, or the end of a read, a write or the tunnel. */
  notice(): void {
    if (this.#phase === 'between' || (this.#phase === 'inside' && !this.#isFull())) this.#wake();
  }

  async #hold(ms: number): Promise<void> {
    this.#phase = 'inside';
    this.#beginPostponed();
    if (this.#isFull()) await this.#wait(ms);
    this.#phase = 'between';
  }

  #beginPostponed(): void {
    const tasks = [...this.#postponed];
    this.#postponed.clear();
    for (const task of tasks) task();
  }

  /** Waits until `#wake` is called, or the time is over. */
  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        this.#wake = () => {};
        resolve();
      };
      const cancel = this.#port.after(ms, done);
      this.#wake = done;
    });
  }
}
