/** The one alarm of an object, for everything in it that waits for a time. */
export class Alarm {
  readonly #storage: DurableObjectStorage;
  /** When it is due at the latest. Does not survive hibernation: whoever makes it anew says what was asked for. */
  #due: number | null;

  constructor(storage: DurableObjectStorage, due: number | null) {
    this.#storage = storage;
    this.#due = due;
  }

  /** Asks for the alarm at that time (milliseconds since 1970), or before. */
  wakeAt(time: number): void {
    if (this.#due !== null && this.#due <= time) return;
    this.#due = time;
    // Nothing leaves the object before this is written, so nobody has to wait for it.
    void this.#storage.setAlarm(time);
  }

  /** To be told when it has rung: it has to be asked for anew. */
  rang(): void {
    this.#due = null;
  }
}
