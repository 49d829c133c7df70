/** The runtime takes no later time, and nobody waits for one. */
const LATEST = Date.UTC(2189, 0);

/** The one alarm of an object, for everything in it that waits for a time. */
export class Alarm {
  readonly #storage: DurableObjectStorage;
  /** When it is due at the latest. Does not survive hibernation: null where that is not known. */
  #due: number | null = null;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** Asks for the alarm at that time (milliseconds since 1970), or before. */
  wakeAt(time: number): void {
    if (time > LATEST || (this.#due !== null && this.#due <= time)) return;
    this.#due = time;
    void this.#set(time);
  }

  /** To be told when it has rung: it has to be asked for anew. */
  rang(): void {
    this.#due = null;
  }

  /** One that was asked for before the object slept may be earlier, and must not be put off. */
  async #set(time: number): Promise<void> {
    const set = await this.#storage.getAlarm();
    if (set !== null && set <= time) this.#due = Math.min(this.#due ?? set, set);
    else await this.#storage.setAlarm(time);
  }
}
