import { Subscription } from '../room/channel.ts';
import type { Connection, ConnectionId } from '../room/connection.ts';
import { Fanout } from '../room/fanout.ts';
import type { Hub } from '../room/hub.ts';
import type { HubPort, Message } from '../room/ports.ts';

/** In place of a tag: everybody. */
const ALL = null;
type Tag = string | typeof ALL;

/** Whom a plug-in can send to at once: all of its connections, and those with each tag. A cache, as the Hub's channels are. */
export class Audience {
  readonly #hub: Hub;
  readonly #port: Pick<HubPort, 'nextTurn'>;
  readonly #fanouts = new Map<Tag, Fanout<Subscription>>();
  readonly #places = new Map<ConnectionId, Map<Tag, Subscription>>();

  constructor(hub: Hub, port: Pick<HubPort, 'nextTurn'>) {
    this.#hub = hub;
    this.#port = port;
  }

  add(connection: Connection): void {
    const tags: Tag[] = [ALL, ...(connection.record.tags ?? [])];
    const places = new Map(tags.map((tag) => [tag, new Subscription(connection, this.#fanoutOf(tag))]));
    for (const place of places.values()) place.fanout.add(place);
    this.#places.set(connection.record.id, places);
  }

  delete({ record: { id } }: Connection): void {
    for (const [tag, place] of this.#places.get(id) ?? []) {
      place.open = false;
      place.fanout.delete(place);
      if (place.fanout.size === 0) this.#fanouts.delete(tag);
    }
    this.#places.delete(id);
  }

  /** Sends a message in the order of its calls, as `Fanout` does. */
  send(message: Message, tag: Tag = ALL, except: Connection | null = null): void {
    const left = except && this.#places.get(except.record.id)?.get(tag);
    this.#fanouts.get(tag)?.publish(message, left ?? null);
  }

  #fanoutOf(tag: Tag): Fanout<Subscription> {
    const fanout = this.#fanouts.get(tag) ?? new Fanout<Subscription>(this.#port, this.#hub.giveUp);
    this.#fanouts.set(tag, fanout);
    return fanout;
  }
}
