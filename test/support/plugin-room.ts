/** A plug-in in a room in plain Node: members whose sockets remember, and storage that ends with the test. */
import type { Namespaces } from '../../src/config/channels.ts';
import { DEFAULT_CHANNEL_OPTIONS } from '../../src/config/channels.ts';
import type { Plugin, PluginKeyValues } from '../../src/plugin/plugin.ts';
import { PluginRunner } from '../../src/plugin/run.ts';
import { ENCODERS } from '../../src/protocols/protocol.ts';
import { Hub } from '../../src/room/hub.ts';
import { type AdmissionChanges, createAdmission } from './admission.ts';
import { createMember, createStores, ManualPort, type Member } from './members.ts';

/** Values by key in memory, copied in and out as the runtime's are. */
export class MemoryKeyValues implements PluginKeyValues {
  readonly #values = new Map<string, unknown>();

  get<Value>(key: string): Value | undefined {
    return structuredClone(this.#values.get(key)) as Value | undefined;
  }

  put(key: string, value: unknown): void {
    this.#values.set(key, structuredClone(value));
  }

  delete(key: string): boolean {
    return this.#values.delete(key);
  }
}

export class PluginRoomInNode {
  readonly port = new ManualPort();
  readonly hub: Hub;
  readonly kept = new MemoryKeyValues();
  readonly kv = new MemoryKeyValues();
  /** What the plug-in's failures were, with the hook each is of. */
  readonly logged: unknown[] = [];
  readonly runner: PluginRunner;

  constructor(plugin: Plugin, namespaces: Namespaces = { '': DEFAULT_CHANNEL_OPTIONS }) {
    this.hub = new Hub(this.port, ENCODERS, createStores(), namespaces);
    this.runner = new PluginRunner(plugin, this.hub, {
      storage: { sql: { exec: () => assertNoSql() }, kv: this.kv },
      kept: this.kept,
      now: () => this.port.now(),
      wakeAt: (time) => this.port.wakeAt(time),
      nextTurn: (task) => this.port.nextTurn(task),
      log: (error) => this.logged.push(error),
    });
    this.hub.application = this.runner;
  }

  /** A connection that is let in without asking `onConnect`. */
  join(changes: AdmissionChanges = {}, tags: string[] = []): Member {
    const member = createMember({ ...createAdmission(), protocol: 'application', ...changes });
    member.connection.record.tags = tags;
    this.hub.join(member.connection);
    this.runner.enter(member.connection);
    return member;
  }
}

function assertNoSql(): never {
  throw new Error('There is no SQL in plain Node');
}
