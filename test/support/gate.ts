/** Time, and a Durable Object's input gate, that move only when a test says so. */
import { setImmediate } from 'node:timers/promises';

export class ManualClock {
  time = 0;
  readonly #timers = new Set<{ at: number; task: () => void }>();

  readonly now = (): number => this.time;

  readonly after = (ms: number, task: () => void): (() => void) => {
    const timer = { at: this.time + ms, task };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** How far off the last of them is, in milliseconds. */
  get longest(): number {
    return Math.max(0, ...[...this.#timers].map(({ at }) => at - this.time));
  }

  /** Runs the timer that is due first, if it is due by then; false where none is. */
  fire(until = Number.POSITIVE_INFINITY): boolean {
    const [first] = [...this.#timers].sort((a, b) => a.at - b.at);
    if (!first || first.at > until) return false;
    this.#timers.delete(first);
    this.time = Math.max(this.time, first.at);
    first.task();
    return true;
  }
}

/**
 * A gate as workerd's was measured to be: while it is held, nothing comes in but the ends of what was begun within that hold;
 * the rest waits in a line, of which one comes in for each turn of the event loop in which nobody holds.
 */
export class Gate {
  readonly clock = new ManualClock();
  /** How often the gate was held, and for how many milliseconds each time. */
  holds = 0;
  readonly holdLengths: number[] = [];
  #hold: number | null = null;
  readonly #line: (() => void)[] = [];

  get isHeld(): boolean {
    return this.#hold !== null;
  }

  readonly holdBack = async (work: () => Promise<void>): Promise<void> => {
    if (this.#hold !== null) throw new Error('One hold within another.');
    const begun = this.clock.time;
    this.#hold = ++this.holds;
    await work();
    this.#hold = null;
    this.holdLengths.push(this.clock.time - begun);
  };

  /** Something that comes from outside, such as a message. */
  enter(task: () => void): void {
    this.#line.push(task);
  }

  /** The end of something, told as the gate allows. */
  async pass<T>(work: Promise<T>): Promise<T> {
    const begunIn = this.#hold;
    const result = await work.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    const isInside = begunIn !== null && begunIn === this.#hold;
    if (!isInside) await new Promise<void>((resolve) => this.enter(resolve));
    if ('error' in result) throw result.error;
    return result.value;
  }

  /** Lets everything happen that can happen now. */
  async settle(): Promise<void> {
    await setImmediate();
    while (this.#hold === null && this.#line.length > 0) {
      this.#line.shift()?.();
      await setImmediate();
    }
  }

  /** Lets so many milliseconds pass, and everything happen that comes of it. */
  async advance(ms: number): Promise<void> {
    const until = this.clock.time + ms;
    await this.settle();
    while (this.clock.fire(until)) await this.settle();
    this.clock.time = until;
  }
}
