import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../src/app.ts';
import { MemberTokens } from '../src/auth/member-tokens.ts';
import type { ApplicationSettings } from '../src/config/config.ts';
import { DISCONNECTS, type Disconnect } from '../src/config/disconnects.ts';
import { INVALID_TOKEN, Rejected } from '../src/config/errors.ts';
import { Alarm } from '../src/platform/alarm.ts';
import {
  acceptSocket,
  answerPings,
  dropRecord,
  isVerbatim,
  pongFor,
  readRecord,
  sleepingSockets,
  turnAway,
  writeRecord,
} from '../src/platform/hibernation.ts';
import { authPort } from '../src/platform/secrets.ts';
import { switchProtocols } from '../src/platform/socket.ts';
import { type Entry, type RoomRpc, readEntry, readSettings, withoutEntry } from '../src/platform/stub.ts';
import { nextTurn } from '../src/platform/turn.ts';
import type { Plugin } from '../src/plugin/plugin.ts';
import { callServerApi } from '../src/protocols/centrifugo/server-api.ts';
import { createProtocols, ENCODERS } from '../src/protocols/protocol.ts';
import { SpRoom } from '../src/protocols/sp/sp-room.ts';
import { Antechamber } from '../src/room/antechamber.ts';
import {
  type Admission,
  type Connection,
  type ConnectionInfo,
  createConnection,
  createRecord,
} from '../src/room/connection.ts';
import { Hub } from '../src/room/hub.ts';
import type { Who } from '../src/room/members.ts';
import { BROKEN, type Ending, type HubPort } from '../src/room/ports.ts';
import { inTurn } from '../src/room/turns.ts';
import { refuse, toInternalError, toResponse } from '../src/upgrade/reject.ts';
import { sanitizeClose } from '../src/util/close.ts';
import { createApplication } from './application.ts';
import { Settings } from './settings.ts';
import { spPort } from './sp-port.ts';
import { SqlHistory } from './sql-history.ts';
import { SqlIdempotency } from './sql-idempotency.ts';
import { UsedTickets } from './used-tickets.ts';

/** A room: takes the runtime's events to the Hub, and what the Hub decides to the sockets. It decides nothing itself. */
export class RoomObject extends DurableObject<Env> implements RoomRpc {
  readonly #hub: Hub;
  readonly #sp: SpRoom;
  readonly #protocols: ReturnType<typeof createProtocols>;
  /** Does not survive hibernation: filled again from the sockets' attachments. */
  readonly #connections = new Map<WebSocket, Connection>();
  /** The sockets of those who send by requests of their own. Filled again in the same way. */
  readonly #sessions = new Map<string, WebSocket>();
  readonly #alarm: Alarm;
  readonly #usedTickets: UsedTickets;
  readonly #settings: Settings;
  /** The settings by which the application was made that stands behind the room, in JSON. */
  #applied = 'null';

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#alarm = new Alarm(ctx.storage);
    this.#settings = new Settings(ctx.storage);
    this.#usedTickets = new UsedTickets(ctx.storage.sql);
    const { sql } = ctx.storage;
    const stores = { history: new SqlHistory(sql), idempotency: new SqlIdempotency(sql) };
    this.#hub = new Hub(this.#port(), ENCODERS, stores);
    this.#sp = new SpRoom(this.#hub, spPort(sql, this.#alarm));
    this.#protocols = createProtocols(this.#sp);
    this.#apply();
    for (const [socket, record] of sleepingSockets(ctx)) {
      if (record) this.#restore(socket, createConnection(socket, record));
      else turnAway(ctx, socket);
    }
    this.#sp.restore();
    answerPings(this.ctx, !this.#hasVerbatim());
  }

  /** The plug-ins that a route table may name. A deployment's class has its own. */
  protected get plugins(): readonly Plugin[] {
    return [];
  }

  /** Takes an upgrade that the edge has let through, or a request to what stands behind the room. */
  override fetch(request: Request): Response | Promise<Response> {
    const { admission, once } = readEntry(request);
    this.#configure(readSettings(request));
    const isHttp = request.headers.get('Upgrade') === null;
    const refused = (isHttp ? null : this.#hub.checkRoom(admission)) ?? this.#checkTicket(once);
    if (refused) return toResponse(refused);
    if (isHttp) return this.#answer(withoutEntry(request), admission);
    const record = createRecord(admission, crypto.randomUUID(), Date.now());
    const connection = createConnection(new Antechamber(), record);
    if (admission.protocol === 'application') return this.#open(connection, withoutEntry(request));
    return this.#accept(connection, new Headers());
  }

  list(): ConnectionInfo[] {
    return this.#hub.list();
  }

  disconnect(who: Who, disconnect: Disconnect): number {
    return this.#hub.disconnectAll(who, disconnect);
  }

  async emulate(session: string, message: string): Promise<boolean> {
    const socket = this.#sessions.get(session);
    if (socket) await this.webSocketMessage(socket, message);
    return socket !== undefined;
  }

  async callServerApi(settings: string, method: string, params: string): Promise<string> {
    this.#configure(settings);
    return JSON.stringify(await callServerApi(this.#hub, method, JSON.parse(params)));
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void | Promise<void> {
    const connection = this.#connections.get(socket) ?? this.#recall(socket);
    if (!connection || !this.#hub.takes(connection, message)) return;
    const pong = pongFor(connection, message);
    if (pong === null) return inTurn(connection, () => this.#receive(connection, message));
    this.#hub.send(connection, pong);
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string, wasClean: boolean): void {
    this.#forget(socket, wasClean ? { code, reason, wasClean } : BROKEN);
    // The runtime never answers a Close on a hibernating socket by itself, whatever the compatibility date.
    socket.close(...sanitizeClose(code, reason));
  }

  /** The connection broke, or the client broke the protocol; the runtime has closed the socket where it still could. */
  override webSocketError(socket: WebSocket): void {
    this.#forget(socket, BROKEN);
  }

  override async alarm(): Promise<void> {
    this.#alarm.rang();
    this.#hub.wake();
    this.#sp.wake();
    await this.#hub.application?.wake?.();
  }

  #checkTicket(once: Entry['once']): Rejected | null {
    if (once === null || this.#usedTickets.use(once.id, once.until, Date.now())) return null;
    return new Rejected('ERR_TICKET_USED', INVALID_TOKEN);
  }

  /** Lets the application decide about a connection to itself. */
  async #open(connection: Connection, request: Request): Promise<Response> {
    const { application } = this.#hub;
    const opening = await application?.open?.(connection, request).catch(toInternalError);
    if (!application || !opening) return refuse('ERR_ROOM_UNAVAILABLE', { 'Retry-After': '1' });
    if (opening instanceof Response) return opening;
    // Others may have come in meanwhile.
    const refused = this.#hub.checkRoom(connection.record);
    if (refused) {
      this.#left(connection, BROKEN);
      return toResponse(refused);
    }
    connection.record.subprotocol = opening.subprotocol;
    return this.#accept(connection, opening.headers);
  }

  async #answer(request: Request, { identity }: Admission): Promise<Response> {
    const answer = this.#hub.application?.answer?.(request, identity).catch(toInternalError);
    return (await answer) ?? refuse('ERR_UPGRADE_REQUIRED', { Upgrade: 'websocket' });
  }

  #accept(connection: Connection, headers: Headers): Response {
    const { record, socket: antechamber } = connection;
    const { response, socket } = switchProtocols(record.subprotocol, headers);
    acceptSocket(this.ctx, socket, record);
    connection.socket = socket;
    this.#enter(socket, connection, () => this.#hub.join(connection));
    if (isVerbatim(record)) answerPings(this.ctx, false);
    if (antechamber instanceof Antechamber) antechamber.empty(this.#hub, connection);
    this.#hub.application?.memberJoined?.(connection, true);
    return response;
  }

  #receive(connection: Connection, message: string | ArrayBuffer): void | Promise<void> {
    const fail = (error: unknown) => {
      console.error(`Connection ${connection.record.id} failed:`, error);
      this.#hub.disconnect(connection, DISCONNECTS.internalError);
    };
    try {
      return this.#protocols[connection.record.protocol].receive(this.#hub, connection, message)?.catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  /** Takes what the table says of this room now. */
  #configure(settings: string): void {
    if (this.#settings.update(settings)) this.#apply();
  }

  #apply(): void {
    const { namespaces, tokens, application } = this.#settings.current;
    this.#hub.namespaces = namespaces;
    this.#hub.tokens = tokens && new MemberTokens(tokens, authPort(this.env));
    const text = JSON.stringify(application);
    if (text !== this.#applied) this.#install(application);
    this.#applied = text;
  }

  /** Puts something else behind the room, or nothing, and acquaints it with who is there. */
  #install(application: ApplicationSettings | null): void {
    this.#hub.application?.end?.();
    const { ctx, env } = this;
    const known = { plugins: this.plugins, hub: this.#hub, ctx, env, alarm: this.#alarm };
    this.#hub.application = application && createApplication(application, known);
    for (const connection of [...this.#connections.values()].filter(({ open }) => open)) {
      if (isOfApplication(connection)) this.#hub.application?.enter?.(connection);
      this.#hub.application?.memberJoined?.(connection, true);
    }
  }

  #port(): HubPort {
    return {
      room: this.ctx.id.name ?? '',
      now: () => Date.now(),
      nextTurn: (task) => nextTurn(this.ctx, task),
      wakeAt: (time) => this.#alarm.wakeAt(time),
      remember: ({ socket, record }) => writeRecord(socket as WebSocket, record),
      left: (connection, ending) => {
        // So that it does not end a second time, should the room sleep before its socket is closed.
        dropRecord(connection.socket as WebSocket);
        this.#sp.leave(connection);
        if (isOfApplication(connection)) this.#left(connection, ending);
        this.#hub.application?.memberLeft?.(connection);
      },
    };
  }

  /** Tells the application that a connection of its own has ended, after all that came on it before. */
  #left(connection: Connection, ending: Ending): void {
    const told = inTurn(connection, async () => this.#hub.application?.left?.(connection, ending));
    this.ctx.waitUntil(Promise.resolve(told).catch((error: unknown) => console.error(error)));
  }

  /** Whether somebody is there to whom a ping is nothing of the room's. Most often the first one tells. */
  #hasVerbatim(): boolean {
    for (const { open, record } of this.#connections.values()) if (open && isVerbatim(record)) return true;
    return false;
  }

  #enter(socket: WebSocket, connection: Connection, become: (connection: Connection) => void): void {
    const { session, protocol } = connection.record;
    this.#connections.set(socket, connection);
    if (session !== undefined) this.#sessions.set(session, socket);
    become(connection);
    this.#protocols[protocol].enter?.(this.#hub, connection);
  }

  #restore(socket: WebSocket, connection: Connection): void {
    this.#enter(socket, connection, () => this.#hub.restore(connection));
    this.#hub.application?.memberJoined?.(connection, false);
  }

  /** Makes somebody a member once more whose last words or end have woken the room: it is not among the open sockets any more. */
  #recall(socket: WebSocket): Connection | null {
    const record = readRecord(socket);
    if (record === null) return null;
    const connection = createConnection(socket, record);
    this.#enter(socket, connection, () => this.#hub.restore(connection));
    return connection;
  }

  #forget(socket: WebSocket, ending: Ending): void {
    const connection = this.#connections.get(socket) ?? this.#recall(socket);
    if (connection) this.#hub.leave(connection, ending);
    this.#connections.delete(socket);
    if (connection && isVerbatim(connection.record)) answerPings(this.ctx, !this.#hasVerbatim());
    this.#sessions.delete(connection?.record.session ?? '');
  }
}

/** Whether what stands behind the room has it for its own. */
function isOfApplication({ record }: Connection): boolean {
  return record.protocol === 'application';
}
