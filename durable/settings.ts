import { DEFAULT_NAMESPACES } from '../src/config/channels.ts';
import type { RoomSettings } from '../src/config/config.ts';

const KEY = 'settings';
const DEFAULT: RoomSettings = { namespaces: DEFAULT_NAMESPACES, tokens: null, application: null };

/** What the route table says of a room, as of the last time that somebody came in: a room that wakes up has to know it. */
export class Settings {
  readonly #storage: DurableObjectStorage;
  /** As they are written. */
  #text: string;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#text = storage.kv.get<string>(KEY) ?? JSON.stringify(DEFAULT);
  }

  get current(): RoomSettings {
    // What an older version wrote has less in it.
    return { ...DEFAULT, ...(JSON.parse(this.#text) as Partial<RoomSettings>) };
  }

  /** Takes what the table says now, in JSON; false where it is nothing new. Then nothing is written: most rooms never are. */
  update(text: string): boolean {
    if (text === this.#text) return false;
    this.#storage.kv.put(KEY, text);
    this.#text = text;
    return true;
  }
}
