import { closeOrWait, sendOrWait } from '../room/antechamber.ts';
import type { Connection } from '../room/connection.ts';
import type { Hub } from '../room/hub.ts';
import { sanitizeClose } from '../util/close.ts';
import type { Message, PluginConnection } from './plugin.ts';
import { copyState } from './state.ts';

/** A connection as its plug-in sees it. */
export class Client implements PluginConnection {
  readonly connection: Connection;
  readonly #hub: Hub;

  constructor(hub: Hub, connection: Connection) {
    this.#hub = hub;
    this.connection = connection;
  }

  get id(): string {
    return this.connection.record.id;
  }

  get identity() {
    return this.connection.record.identity;
  }

  get subprotocol(): string | null {
    return this.connection.record.subprotocol;
  }

  get tags(): readonly string[] {
    return this.connection.record.tags ?? [];
  }

  get state(): unknown {
    return this.connection.record.state;
  }

  set state(state: unknown) {
    this.connection.record.state = copyState(state);
    // What is not let in yet is kept when it is.
    if (this.connection.open) this.#hub.remember(this.connection);
  }

  send(message: Message | Uint8Array): void {
    sendOrWait(this.#hub, this.connection, message);
  }

  close(code = 1000, reason = ''): void {
    if (code !== 1000 && !(code >= 3000 && code <= 4999)) {
      throw new RangeError(`A plug-in closes with 1000 or with 3000 to 4999, not with ${code}`);
    }
    closeOrWait(this.#hub, this.connection, sanitizeClose(code, reason));
  }
}
