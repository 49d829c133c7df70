/** The router's API in plain Node, with rooms that remember how they were called. */
import { type ApiPort, createApi } from '../../src/api/api.ts';
import { MissingSecret } from '../../src/auth/ports.ts';
import type { ApiTarget } from '../../src/config/config.ts';
import type { Disconnect } from '../../src/config/disconnects.ts';
import type { RoomRpc } from '../../src/platform/stub.ts';
import type { ConnectionInfo } from '../../src/room/connection.ts';
import type { Who } from '../../src/room/members.ts';
import { SECRET } from './tokens.ts';

export const KEY = 'key-1';

/** One call of a room: its name as the router has it, and what was asked of it. */
export interface RoomCall {
  room: string;
  call: 'list' | 'disconnect';
  who?: Who;
  disconnect?: Disconnect;
}

export class FakeDeployment implements ApiPort {
  readonly calls: RoomCall[] = [];
  secrets: Record<string, string> = { KEYS: `${KEY}, key-2`, SECRET };
  /** What every room answers. */
  connections: ConnectionInfo[] = [];
  disconnected = 0;
  /** What every room does with a call of its server API. */
  callServerApi: RoomRpc['callServerApi'] = () => Promise.reject(new TypeError('This API speaks to no channels'));
  /** Set where no room can be reached. */
  failure: Error | null = null;

  readonly rooms = { getByName: (name: string) => this.#room(name) };

  secret(name: string): string {
    const secret = this.secrets[name];
    if (!secret) throw new MissingSecret(name);
    return secret;
  }

  #room(room: string): DurableObjectStub<RoomRpc> {
    return {
      list: () => this.#called({ room, call: 'list' }, this.connections),
      disconnect: (who, disconnect) => this.#called({ room, call: 'disconnect', who, disconnect }, this.disconnected),
      emulate: () => Promise.reject(new TypeError('This API sends for nobody')),
      // A promise of a promise, to the types: the runtime gives out the one that the room made.
      callServerApi: async (...call): Promise<Promise<string>> => this.callServerApi(...call),
      fetch: () => Promise.reject(new TypeError('The API upgrades nothing')),
    };
  }

  async #called<T>(call: RoomCall, result: T): Promise<T> {
    this.calls.push(call);
    if (this.failure) throw this.failure;
    return result;
  }
}

export interface Call {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  /** Text goes out as it is, a stream without its length, everything else as JSON. */
  body?: unknown;
}

const WITH_TICKETS: ApiTarget = { kind: 'api', keys: 'KEYS', tickets: 'SECRET' };

/** Calls the API below `/admin` with a good key, unless `headers` say otherwise. */
export async function callApi(
  deployment: FakeDeployment,
  { method, path, headers, body }: Call,
  target = WITH_TICKETS,
): Promise<Response> {
  const init: RequestInit = { headers: { Authorization: `Bearer ${KEY}`, ...headers } };
  if (body !== undefined) {
    const asItIs = typeof body === 'string' || body instanceof ReadableStream;
    Object.assign(init, { body: asItIs ? body : JSON.stringify(body), duplex: 'half' });
  }
  const request = new Request(`https://a.example${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    ...init,
  });
  return createApi('/admin', target).fetch(request, deployment);
}

/** An answer's status and body, for comparing both at once. */
export async function told(response: Response | Promise<Response>): Promise<[number, unknown]> {
  const answer = await response;
  return [answer.status, await answer.json()];
}
