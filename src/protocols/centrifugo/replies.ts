import type { Connection } from '../../room/connection.ts';
import type { Method } from './codec.ts';
import type { ReplyError } from './errors.ts';

/** The replies to the commands of one frame: those that are ready together go out in one frame too. */
export class Replies {
  readonly #connection: Connection;
  #ready: string[] = [];
  #isCollecting = true;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Replies with a result, given as JSON. A command without an id wants no reply. */
  result(id: number, method: Method, json = '{}'): void {
    this.#add(id, `"${method}":${json}`);
  }

  error(id: number, error: ReplyError): void {
    this.#add(id, `"error":${JSON.stringify(error)}`);
  }

  /** Sends what is ready. */
  flush(): void {
    if (this.#ready.length > 0 && this.#connection.open) this.#connection.socket.send(this.#ready.join('\n'));
    this.#ready = [];
  }

  /** To be called when all commands have been looked at: what is ready later goes out by itself. */
  end(): void {
    this.#isCollecting = false;
    this.flush();
  }

  #add(id: number, field: string): void {
    if (id === 0) return;
    this.#ready.push(`{"id":${id},${field}}`);
    if (!this.#isCollecting) this.flush();
  }
}
