import { DISCONNECTS } from '../config/disconnects.ts';
import type { GripSettings } from '../config/grip.ts';
import type { Application, Opening } from '../room/application.ts';
import type { Connection } from '../room/connection.ts';
import type { Hub } from '../room/hub.ts';
import type { Ending, Message } from '../room/ports.ts';
import { refuse } from '../upgrade/reject.ts';
import { NO_CODE } from '../util/close.ts';
import { Driver } from './driver.ts';
import { replayedHeaders } from './headers.ts';
import type { GripPort } from './port.ts';
import { answerPublish } from './publish.ts';
import { createSession } from './session.ts';
import { SessionClient } from './session-client.ts';
import { Sessions } from './sessions.ts';
import type { SessionStore } from './store.ts';

/** An HTTP application server behind a room, which is told of its connections by requests. */
export class GripApplication implements Application {
  readonly #hub: Hub;
  readonly #port: GripPort;
  readonly #sessions: Sessions;
  readonly #driver: Driver;
  /** Whether somebody has looked for what an earlier process left behind. Does not survive hibernation: it may be needed anew. */
  #hasLooked = false;

  constructor(settings: GripSettings, hub: Hub, port: GripPort, store: SessionStore) {
    this.#hub = hub;
    this.#port = port;
    this.#sessions = new Sessions(store);
    this.#driver = new Driver(settings, port, this.#sessions);
  }

  /** Goes on with what the table says now. */
  configure(settings: GripSettings): void {
    this.#driver.settings = settings;
  }

  async open(connection: Connection, request: Request): Promise<Opening | Response> {
    this.#lookForOrphans();
    const headers = replayedHeaders(request.headers, this.#driver.settings.limits.maxHeaderBytes);
    if (headers === null) return refuse('ERR_HEADERS_TOO_LARGE');
    const session = createSession(connection.record.id, request.url, headers);
    return this.#driver.open(session, new SessionClient(this.#hub, connection));
  }

  enter(connection: Connection): void {
    this.#driver.enter(connection.record.id, new SessionClient(this.#hub, connection));
  }

  /** Does not wait for the answer: what comes meanwhile is told in one request. */
  receive(connection: Connection, message: Message): void {
    const given = typeof message === 'string' ? message : new Uint8Array(message);
    const isKnown = this.#driver.receive(connection.record.id, given);
    if (!isKnown) this.#hub.disconnect(connection, DISCONNECTS.serviceRestart);
  }

  left({ record: { id } }: Connection, { code, reason, wasClean }: Ending): void {
    this.#driver.left(id, wasClean ? { code: code === NO_CODE ? null : code, reason } : null);
  }

  /** What the application server publishes. */
  answer(request: Request): Promise<Response> {
    return answerPublish(request, this.#hub, (id) => this.#driver.refresh(id));
  }

  wake(): void {
    this.#lookForOrphans();
    const now = this.#port.now();
    for (const session of this.#sessions.dueBy(now)) this.#driver.wake(session);
    const next = this.#sessions.nextAfter(now);
    if (next !== null) this.#port.wakeAt(next);
  }

  /** Tells of clients whose connections went with a process that could not tell of it any more. */
  #lookForOrphans(): void {
    if (this.#hasLooked) return;
    this.#hasLooked = true;
    for (const session of this.#sessions.orphans((id) => this.#driver.has(id))) this.#driver.lose(session);
  }
}
