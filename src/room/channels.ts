import { Channel, type Encoders, type Move, type Subscription } from './channel.ts';
import type { Connection } from './connection.ts';
import type { HubPort } from './ports.ts';
import type { Publication } from './publication.ts';

/** The channels that somebody is on, by name. A cache, filled again from the members' records after hibernation. */
export class Channels {
  readonly #port: HubPort;
  readonly #encoders: Encoders;
  readonly #onStuck: (subscription: Subscription, why: 'slow' | 'failed') => void;
  readonly #channels = new Map<string, Channel>();

  constructor(
    port: HubPort,
    encoders: Encoders,
    onStuck: (subscription: Subscription, why: 'slow' | 'failed') => void,
  ) {
    this.#port = port;
    this.#encoders = encoders;
    this.#onStuck = onStuck;
  }

  /** Whether somebody is on it. */
  has(name: string): boolean {
    return this.#channels.has(name);
  }

  /** Those that somebody is on, and how many there are on each. */
  list(): { name: string; size: number }[] {
    return [...this.#channels.values()].map(({ name, size }) => ({ name, size }));
  }

  subscribersOf(name: string): Connection[] {
    return this.#channels.get(name)?.subscribers ?? [];
  }

  /** Puts a member on a channel on which it is not yet; what it gets there is said by `Channel.add`. */
  add(connection: Connection, name: string, watches: boolean, delta: boolean): void {
    const channel = this.#channels.get(name) ?? new Channel(name, this.#port, this.#encoders, this.#onStuck);
    this.#channels.set(name, channel);
    channel.add(connection, watches, delta);
    connection.channels.add(name);
  }

  /** Takes a member off a channel; false where it was not there. */
  delete(connection: Connection, name: string): boolean {
    const channel = this.#channels.get(name);
    if (!channel?.delete(connection)) return false;
    connection.channels.delete(name);
    if (channel.size === 0) this.#channels.delete(name);
    return true;
  }

  deliver(name: string, publication: Publication, except: Connection | null, epoch?: string): void {
    this.#channels.get(name)?.deliver(publication, except, epoch);
  }

  announce(move: Move, who: Connection, name: string): void {
    this.#channels.get(name)?.announce(move, who);
  }
}
