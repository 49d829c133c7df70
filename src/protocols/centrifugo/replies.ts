import type { Connection } from '../../room/connection.ts';
import type { Hub } from '../../room/hub.ts';
import type { Method } from './codec.ts';
import type { ReplyError } from './errors.ts';

/** Characters of replies that wait for each other. */
const MAX_FRAME = 256 * 1024;

/** The replies to the commands of one frame: those that are ready together go out in one frame too. */
export class Replies {
  readonly #hub: Hub;
  readonly #connection: Connection;
  #ready: string[] = [];
  #size = 0;
  #isCollecting = true;

  constructor(hub: Hub, connection: Connection) {
    this.#hub = hub;
    this.#connection = connection;
  }

  /** Replies with a result, given as JSON. A command without an id wants no reply. */
  result(id: number, method: Method, json = '{}'): void {
    this.#add(id, `"${method}":${json}`);
  }

  error(id: number, error: ReplyError): void {
    this.#add(id, `"error":${JSON.stringify(error)}`);
  }

  /** Sends what is ready, unless too much waits for this client already. */
  flush(): void {
    const frame = this.#ready.join('\n');
    this.#ready = [];
    this.#size = 0;
    if (frame !== '') this.#hub.send(this.#connection, frame);
  }

  /** To be called when all commands have been looked at: what is ready later goes out by itself. */
  end(): void {
    this.#isCollecting = false;
    this.flush();
  }

  #add(id: number, field: string): void {
    if (id === 0) return;
    const line = `{"id":${id},${field}}`;
    this.#ready.push(line);
    this.#size += line.length;
    if (!this.#isCollecting || this.#size > MAX_FRAME) this.flush();
  }
}
