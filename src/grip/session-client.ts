import { closeOrWait, sendOrWait } from '../room/antechamber.ts';
import { type Connection, fitsRecord } from '../room/connection.ts';
import type { Hub } from '../room/hub.ts';
import { sanitizeClose } from '../util/close.ts';
import type { Message } from './control.ts';

/** The client of a session: what it is told waits where it is not let in yet. */
export class SessionClient {
  readonly connection: Connection;
  readonly #hub: Hub;

  constructor(hub: Hub, connection: Connection) {
    this.#hub = hub;
    this.connection = connection;
  }

  send(message: Message): void {
    sendOrWait(this.#hub, this.connection, message);
  }

  /** Puts it on a channel; false where it is on more than can be kept. */
  subscribe(channel: string): boolean {
    const { record, open } = this.connection;
    if (record.subscriptions.some((subscription) => subscription.channel === channel)) return true;
    const subscriptions = [...record.subscriptions, { channel, joinLeave: false }];
    if (!fitsRecord(subscriptions)) return false;
    if (open) this.#hub.addSubscription(this.connection, { channel, joinLeave: false });
    else record.subscriptions = subscriptions;
    return true;
  }

  unsubscribe(channel: string): void {
    const { record, open } = this.connection;
    if (open) this.#hub.removeSubscription(this.connection, channel);
    else record.subscriptions = record.subscriptions.filter((subscription) => subscription.channel !== channel);
  }

  /** Closes it with a code as it came from elsewhere; null for none. */
  close(code: number | null, reason: string): void {
    closeOrWait(this.#hub, this.connection, sanitizeClose(code ?? 0, reason));
  }
}
