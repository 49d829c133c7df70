import type { Identity } from '../config/auth.ts';
import { MAX_PLUGIN_TAG_BYTES } from '../config/limits.ts';
import type { Application, Opening, RpcReply, Verdict } from '../room/application.ts';
import type { Connection } from '../room/connection.ts';
import type { Hub } from '../room/hub.ts';
import type { Ending, Message } from '../room/ports.ts';
import type { Draft } from '../room/publication.ts';
import { splitList } from '../util/header-list.ts';
import { stringifyJson } from '../util/json.ts';
import { utf8Length } from '../util/text.ts';
import { Client } from './client.ts';
import { InvalidInput, readInput } from './input.ts';
import { Inside, type PluginPort } from './inside.ts';
import { type Plugin, type PluginMember, type PluginOpening, RpcError } from './plugin.ts';
import { copyState } from './state.ts';

/** Runs a plug-in in a room: calls its hooks, each with what it may touch. */
export class PluginRunner implements Application {
  readonly #plugin: Plugin;
  readonly #hub: Hub;
  readonly #port: PluginPort;
  readonly #room: Inside;

  constructor(plugin: Plugin, hub: Hub, port: PluginPort) {
    this.#plugin = plugin;
    this.#hub = hub;
    this.#port = port;
    this.#room = new Inside(hub, port);
  }

  async open(connection: Connection, request: Request): Promise<Opening | Response> {
    const { record } = connection;
    record.state = copyState(this.#plugin.state ?? null);
    const offered = splitList(request.headers.get('Sec-WebSocket-Protocol') ?? '');
    const upgrade = { url: new URL(request.url), headers: request.headers, offered };
    return this.#ask('onConnect', async () => {
      const client = new Client(this.#hub, connection);
      const given = await this.#plugin.onConnect?.(client, upgrade, this.#room);
      if (given instanceof Response) return given;
      record.tags = checkedTags(given?.tags);
      return openingOf(given, offered, record.subprotocol);
    });
  }

  enter(connection: Connection): void {
    this.#room.add(new Client(this.#hub, connection));
  }

  receive(connection: Connection, message: Message): void | Promise<void> {
    const client = this.#room.clientOf(connection.record.id);
    if (client === null) return;
    const { message: schema } = this.#plugin;
    return this.#run('onMessage', () => {
      if (schema === undefined) return this.#plugin.onMessage(client, message, this.#room);
      const input = readInput(schema, message);
      return input instanceof Promise ? input.then((read) => this.#take(client, read)) : this.#take(client, input);
    });
  }

  async left(connection: Connection, { code, reason, wasClean }: Ending): Promise<void> {
    const client = this.#room.clientOf(connection.record.id) ?? new Client(this.#hub, connection);
    this.#room.delete(client);
    await this.#run('onClose', () => this.#plugin.onClose?.(client, { code, reason, wasClean }, this.#room));
  }

  judge(connection: Connection, channel: string, draft: Draft): Verdict {
    if (!this.#plugin.onPublish) return 'publish';
    const data: unknown = draft.json ? JSON.parse(String(draft.data)) : draft.data;
    try {
      const publication = { channel, data, publisher: memberOf(connection) };
      return this.#plugin.onPublish(publication, this.#room) === false ? 'refuse' : 'publish';
    } catch (error) {
      this.#port.log(this.#failureOf('onPublish', error));
      return 'refuse';
    }
  }

  rpc(connection: Connection, method: string, data: unknown): Promise<RpcReply> | null {
    return this.#plugin.onRpc ? this.#call(connection, { method, data }) : null;
  }

  send(connection: Connection, data: unknown): void | Promise<void> {
    return this.#run('onSend', () => this.#plugin.onSend?.(memberOf(connection), data, this.#room));
  }

  answer(request: Request, identity: Identity | null): Promise<Response> {
    const answered = this.#ask('onRequest', () => this.#plugin.onRequest?.(request, this.#room, identity));
    return answered as Promise<Response>;
  }

  /** An alarm whose hook fails is over as any other: what else the room waits for must not wait for it. */
  async wake(): Promise<void> {
    const { alarm } = this.#room;
    if (!alarm.begin()) return;
    try {
      await this.#run('onAlarm', () => this.#plugin.onAlarm?.(this.#room));
    } catch (error) {
      this.#port.log(error);
    }
    alarm.end();
  }

  #take(client: Client, input: unknown): unknown {
    if (!(input instanceof InvalidInput)) return this.#plugin.onMessage(client, input, this.#room);
    return client.send(JSON.stringify({ error: { code: 'ERR_MESSAGE', detail: input.detail } }));
  }

  async #call(connection: Connection, call: { method: string; data: unknown }): Promise<RpcReply> {
    try {
      const data = (await this.#plugin.onRpc?.(memberOf(connection), call, this.#room)) ?? null;
      stringifyJson(data);
      return { data };
    } catch (error) {
      if (error instanceof RpcError) return { error: { code: error.code, message: error.message } };
      this.#port.log(this.#failureOf('onRpc', error));
      return 'failed';
    }
  }

  /** Calls a hook; gives a promise only where it does. What it throws is thrown on with the plug-in's name. */
  #run(hook: string, call: () => unknown): void | Promise<void> {
    try {
      const work = call();
      if (isThenable(work)) return this.#ask(hook, () => work).then(() => {});
    } catch (error) {
      throw this.#failureOf(hook, error);
    }
  }

  /** As `#run`, with what the hook gives. */
  async #ask<T>(hook: string, call: () => T | PromiseLike<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw this.#failureOf(hook, error);
    }
  }

  #failureOf(hook: string, cause: unknown): Error {
    return new Error(`The plug-in ${this.#plugin.name} failed in ${hook}`, { cause });
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function memberOf({ record: { id, identity } }: Connection): PluginMember {
  return { id, identity };
}

/** @throws Error for a subprotocol that was not offered, or what else the client would not take the connection with */
function openingOf(
  { subprotocol, headers: given }: PluginOpening = {},
  offered: readonly string[],
  chosen: string | null,
): Opening {
  if (subprotocol !== undefined && !offered.includes(subprotocol)) {
    throw new Error(`It chose the subprotocol "${subprotocol}", which was not offered`);
  }
  const headers = new Headers(given);
  const taken = [...headers.keys()].find((name) => HANDSHAKE_HEADER.test(name));
  if (taken !== undefined) throw new Error(`It set "${taken}", which is for the handshake to say`);
  return { subprotocol: subprotocol ?? chosen, headers };
}

/** What the answer to an upgrade says by itself (RFC 6455 section 4.2.2). */
const HANDSHAKE_HEADER = /^(upgrade|connection|sec-websocket-.*)$/;

/** @throws RangeError where they take more than fits beside the state */
function checkedTags(tags: readonly string[] = []): readonly string[] {
  const bytes = utf8Length(JSON.stringify(tags));
  if (bytes <= MAX_PLUGIN_TAG_BYTES) return tags;
  throw new RangeError(`The tags of a connection are ${bytes} bytes of JSON, more than ${MAX_PLUGIN_TAG_BYTES}`);
}
