import type { HubPort } from '../room/ports.ts';
import type { PluginAlarm, PluginKeyValues } from './plugin.ts';

const KEY = 'alarm';

/** The one time that a plug-in waits for, kept beside what it keeps itself. */
export class StoredAlarm implements PluginAlarm {
  readonly #kept: PluginKeyValues;
  readonly #port: Pick<HubPort, 'now' | 'wakeAt'>;

  constructor(kept: PluginKeyValues, port: Pick<HubPort, 'now' | 'wakeAt'>) {
    this.#kept = kept;
    this.#port = port;
  }

  get time(): number | null {
    return this.#kept.get<number>(KEY) ?? null;
  }

  set(time: number | null): void {
    if (time === null) {
      this.#kept.delete(KEY);
      return;
    }
    if (!Number.isFinite(time)) throw new RangeError('An alarm is set for milliseconds since 1970, or null');
    this.#kept.put(KEY, time);
    this.#port.wakeAt(time);
  }

  /** Whether it is due, which takes it away; where it is not, it is asked for again. */
  takeDue(): boolean {
    const { time } = this;
    const isDue = time !== null && time <= this.#port.now();
    if (time !== null) this.set(isDue ? null : time);
    return isDue;
  }
}
