import { MAX_QUEUED_MESSAGE_BYTES, QUEUED_OVERHEAD } from '../../config/room-origin.ts';
import { messageBytes } from '../../util/text.ts';
import type { Message } from '../ports.ts';

/** Where a room keeps what is to outlast its sleep. */
export interface KeyValues {
  get<T>(key: string): T | undefined;
  put<T>(key: string, value: T): void;
  delete(key: string): void;
  /** All whose keys begin so, in the order of their keys. */
  list<T>(prefix: string): Iterable<[string, T]>;
}

const PREFIX = 'queue/';

/** What waits for the origin, in its order. It is kept, so that the room may sleep meanwhile. */
export class OriginQueue {
  readonly #kept: KeyValues;
  readonly #maxBytes: number;
  #bytes = 0;
  /** The number of the next message. */
  #next = 0;

  constructor(kept: KeyValues, maxBytes: number) {
    this.#kept = kept;
    this.#maxBytes = maxBytes;
    for (const [key, message] of kept.list<Message>(PREFIX)) {
      this.#bytes += sizeOf(message);
      this.#next = Number(key.slice(PREFIX.length)) + 1;
    }
  }

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  /** Adds a message; false where there is no room for it. */
  add(message: Message): boolean {
    const size = sizeOf(message);
    if (size > MAX_QUEUED_MESSAGE_BYTES || this.#bytes + size > this.#maxBytes) return false;
    this.#kept.put(`${PREFIX}${String(this.#next).padStart(12, '0')}`, message);
    this.#bytes += size;
    this.#next += 1;
    return true;
  }

  /** Takes out all that waits. It is gone from then on, whatever becomes of it: nothing is to be sent twice. */
  takeAll(): Message[] {
    if (this.isEmpty) return [];
    const entries = [...this.#kept.list<Message>(PREFIX)];
    for (const [key] of entries) this.#kept.delete(key);
    this.#bytes = 0;
    this.#next = 0;
    return entries.map(([, message]) => message);
  }
}

function sizeOf(message: Message): number {
  return messageBytes(message) + QUEUED_OVERHEAD;
}
