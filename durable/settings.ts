import { DEFAULT_CHANNEL_OPTIONS, type Namespaces } from '../src/config/channels.ts';

const KEY = 'namespaces';
const DEFAULT: Namespaces = { '': DEFAULT_CHANNEL_OPTIONS };

/** What the route table says of a room, as of the last time that somebody came in: a room that wakes up has to know it. */
export class Settings {
  readonly #storage: DurableObjectStorage;
  /** As it is written. */
  #text: string;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#text = storage.kv.get<string>(KEY) ?? JSON.stringify(DEFAULT);
  }

  get namespaces(): Namespaces {
    return JSON.parse(this.#text) as Namespaces;
  }

  /** Takes what the table says now. Written only where it is something new: most rooms never write anything. */
  update(namespaces: Namespaces): Namespaces {
    const text = JSON.stringify(namespaces);
    if (text !== this.#text) this.#storage.kv.put(KEY, text);
    this.#text = text;
    return namespaces;
  }
}
