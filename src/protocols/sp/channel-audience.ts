import type { Connection } from '../../room/connection.ts';
import { DEFAULT_CHANNEL, type Hub } from '../../room/hub.ts';
import type { Draft } from '../../room/publication.ts';
import type { Audience } from './audience.ts';
import type { Pipe } from './pipe.ts';
import { rightsOf } from './rights.ts';

/** The room's default channel as an audience: whoever else is on it hears the peers, and is heard by them. */
export class ChannelAudience implements Audience {
  readonly #hub: Hub;
  readonly #connectionOf: (pipe: Pipe) => Connection | null;
  readonly #toDraft: (message: Uint8Array) => Draft;

  constructor(hub: Hub, connectionOf: (pipe: Pipe) => Connection | null, toDraft: (message: Uint8Array) => Draft) {
    this.#hub = hub;
    this.#connectionOf = connectionOf;
    this.#toDraft = toDraft;
  }

  add(pipe: Pipe): void {
    const connection = this.#connectionOf(pipe);
    const options = this.#hub.optionsOf(DEFAULT_CHANNEL);
    if (connection === null || !rightsOf(pipe.role, connection.record.grants, options).hears) return;
    this.#hub.subscribe(connection, DEFAULT_CHANNEL);
  }

  delete(pipe: Pipe): void {
    const connection = this.#connectionOf(pipe);
    if (connection) this.#hub.unsubscribe(connection, DEFAULT_CHANNEL);
  }

  /** What can't be written is not heard, as everything else that a best-effort pattern loses; the log says so. */
  publish(message: Uint8Array, from: Pipe): void {
    const [connection, draft] = [this.#connectionOf(from), this.#toDraft(message)];
    if (connection && this.#hub.judge(connection, DEFAULT_CHANNEL, draft) !== 'publish') return;
    this.#hub.publish(DEFAULT_CHANNEL, draft, connection);
  }
}
