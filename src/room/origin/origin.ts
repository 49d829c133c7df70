import type { ResolvedRoomOrigin } from '../../config/room-origin.ts';
import { toBase64 } from '../../util/base64.ts';
import type { Application, RpcReply, Verdict } from '../application.ts';
import type { Connection } from '../connection.ts';
import { DEFAULT_CHANNEL, type Hub } from '../hub.ts';
import type { Message } from '../ports.ts';
import { type Draft, plainData } from '../publication.ts';
import type { OriginPort, OriginState } from './ports.ts';
import { Upstream } from './upstream.ts';

/** The channel on which the room says whether its origin is there, and the method that tells a Centrifugo client. */
export const ORIGIN_CHANNEL = '$origin';

/** Joins the default channel of a room to a WebSocket origin, by one connection for all members. */
export class OriginApplication implements Application {
  readonly #hub: Hub;
  readonly #settings: Pick<ResolvedRoomOrigin, 'sender' | 'announce'>;
  readonly #upstream: Upstream;

  constructor(hub: Hub, settings: ResolvedRoomOrigin, port: OriginPort) {
    this.#hub = hub;
    this.#settings = settings;
    this.#upstream = new Upstream(port, settings, {
      message: (data) => hub.publish(DEFAULT_CHANNEL, { data, json: false, publisher: null, tags: null }),
      state: (state) => hub.publish(ORIGIN_CHANNEL, { data: textOf(state), json: true, publisher: null, tags: null }),
    });
  }

  memberJoined(connection: Connection, isNew: boolean): void {
    // Its protocol may have shown it out again.
    if (!connection.open) return;
    this.#upstream.want();
    const isBare = connection.record.protocol === 'raw' && this.#hub.isSubscribed(connection, DEFAULT_CHANNEL);
    if (!this.#settings.announce || !isBare) return;
    this.#hub.subscribe(connection, ORIGIN_CHANNEL);
    const { told } = this.#upstream;
    if (isNew && told !== null) this.#hub.send(connection, textOf(told));
  }

  memberLeft(): void {
    if (this.#hub.size === 0) this.#upstream.release();
  }

  judge(connection: Connection, channel: string, draft: Draft): Verdict {
    if (channel === ORIGIN_CHANNEL) return 'refuse';
    if (channel !== DEFAULT_CHANNEL) return 'publish';
    const data = plainData(draft);
    return this.#upstream.send(this.#settings.sender ? signed(connection, data) : data) ? 'taken' : 'busy';
  }

  rpc(_: Connection, method: string): Promise<RpcReply> | null {
    return method === ORIGIN_CHANNEL ? Promise.resolve({ data: { origin: this.#upstream.told } }) : null;
  }

  wake(): void {
    this.#upstream.wake();
  }

  end(): void {
    this.#upstream.end();
  }
}

function textOf(state: OriginState): string {
  return JSON.stringify({ origin: state });
}

/** A message with who sent it. Bytes stand in it in base64. */
function signed({ record: { id, identity } }: Connection, data: Message): string {
  const sender = { connection: id, user: identity?.userId || null };
  return JSON.stringify(
    typeof data === 'string' ? { ...sender, data } : { ...sender, base64: toBase64(new Uint8Array(data)) },
  );
}
