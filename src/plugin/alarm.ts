import type { HubPort } from '../room/ports.ts';
import type { PluginAlarm, PluginKeyValues } from './plugin.ts';

const TIME = 'alarm';
const RINGS = 'alarm rings';

/** The one time that a plug-in waits for, kept beside what it keeps itself. */
export class StoredAlarm implements PluginAlarm {
  readonly #kept: PluginKeyValues;
  readonly #port: Pick<HubPort, 'now' | 'wakeAt'>;

  constructor(kept: PluginKeyValues, port: Pick<HubPort, 'now' | 'wakeAt'>) {
    this.#kept = kept;
    this.#port = port;
  }

  get time(): number | null {
    return this.#kept.get<number>(TIME) ?? null;
  }

  set(time: number | null): void {
    if (time === null) {
      this.#kept.delete(TIME);
      return;
    }
    if (!Number.isFinite(time)) throw new RangeError('An alarm is set for milliseconds since 1970, or null');
    this.#kept.put(TIME, time);
    this.#port.wakeAt(time);
  }

  /**
   * Whether it is due, which takes its time away: another one may be set meanwhile. Where it is not, it is asked for again.
   * Until `end` it counts as due: what a crash broke off is done anew.
   */
  begin(): boolean {
    const { time } = this;
    const isDue = time !== null && time <= this.#port.now();
    if (isDue) {
      this.#kept.put(RINGS, true);
      this.#kept.delete(TIME);
    } else if (time !== null) this.#port.wakeAt(time);
    return isDue || this.#kept.get(RINGS) === true;
  }

  end(): void {
    this.#kept.delete(RINGS);
  }
}
