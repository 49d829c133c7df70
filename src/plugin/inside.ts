import type { ConnectionId } from '../room/connection.ts';
import type { Hub } from '../room/hub.ts';
import type { HubPort, Message } from '../room/ports.ts';
import { bufferOf } from '../util/bytes.ts';
import { stringifyJson } from '../util/json.ts';
import { StoredAlarm } from './alarm.ts';
import { Audience } from './audience.ts';
import type { Client } from './client.ts';
import type { PluginConnection, PluginKeyValues, PluginRoom, PluginStorage } from './plugin.ts';

/** What a plug-in's room needs of the world. */
export interface PluginPort extends Pick<HubPort, 'now' | 'wakeAt' | 'nextTurn'> {
  readonly storage: PluginStorage;
  /** Where the room keeps for the plug-in what it does not keep itself. */
  readonly kept: PluginKeyValues;
  log(error: unknown): void;
}

/** A room as its plug-in sees it, and the plug-in's connections in it. */
export class Inside implements PluginRoom {
  readonly #hub: Hub;
  readonly #clients = new Map<ConnectionId, Client>();
  readonly #audience: Audience;
  readonly storage: PluginStorage;
  readonly alarm: StoredAlarm;

  constructor(hub: Hub, port: PluginPort) {
    this.#hub = hub;
    this.#audience = new Audience(hub, port);
    this.storage = port.storage;
    this.alarm = new StoredAlarm(port.kept, port);
  }

  get name(): string {
    return this.#hub.room;
  }

  connections(tag?: string): PluginConnection[] {
    const all = [...this.#clients.values()];
    return tag === undefined ? all : all.filter(({ tags }) => tags.includes(tag));
  }

  broadcast(message: Message | Uint8Array, { except, tag }: { except?: PluginConnection; tag?: string } = {}): void {
    const left = except && this.#clients.get(except.id)?.connection;
    this.#audience.send(message instanceof Uint8Array ? bufferOf(message) : message, tag, left);
  }

  async publish(channel: string, data: unknown): Promise<void> {
    if (this.#hub.optionsOf(channel) === null) throw new Error(`The room can have no channel "${channel}"`);
    const published = await new Promise((resolve) => {
      this.#hub.publish(channel, { ...draftOf(data), publisher: null, tags: null }, null, resolve);
    });
    if (published === null) throw new Error(`What was to be published on "${channel}" could not be kept`);
  }

  add(client: Client): void {
    this.#clients.set(client.id, client);
    this.#audience.add(client.connection);
  }

  delete({ id, connection }: Client): void {
    this.#clients.delete(id);
    this.#audience.delete(connection);
  }

  clientOf(id: ConnectionId): Client | null {
    return this.#clients.get(id) ?? null;
  }
}

function draftOf(data: unknown): { data: Message; json: boolean } {
  if (typeof data === 'string' || data instanceof ArrayBuffer) return { data, json: false };
  return data instanceof Uint8Array ? { data: bufferOf(data), json: false } : { data: stringifyJson(data), json: true };
}
