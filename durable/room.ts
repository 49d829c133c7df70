import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../src/app.ts';
import { MemberTokens } from '../src/auth/member-tokens.ts';
import { DISCONNECTS, type Disconnect } from '../src/config/disconnects.ts';
import { INVALID_TOKEN, Rejected } from '../src/config/errors.ts';
import { Alarm } from '../src/platform/alarm.ts';
import {
  acceptSocket,
  dropRecord,
  pongFor,
  readRecord,
  sleepingSockets,
  turnAway,
  writeRecord,
} from '../src/platform/hibernation.ts';
import { authPort } from '../src/platform/secrets.ts';
import { switchProtocols } from '../src/platform/socket.ts';
import { Sockets } from '../src/platform/sockets.ts';
import { type Entry, type RoomRpc, readEntry, readSettings, withoutEntry } from '../src/platform/stub.ts';
import { nextTurn } from '../src/platform/turn.ts';
import type { Plugin } from '../src/plugin/plugin.ts';
import { callServerApi } from '../src/protocols/centrifugo/server-api.ts';
import { createProtocols, ENCODERS } from '../src/protocols/protocol.ts';
import { SpRoom } from '../src/protocols/sp/sp-room.ts';
import { Antechamber } from '../src/room/antechamber.ts';
import {
  type Connection,
  type ConnectionInfo,
  type ConnectionRecord,
  createConnection,
  createRecord,
} from '../src/room/connection.ts';
import { Hub } from '../src/room/hub.ts';
import type { Who } from '../src/room/members.ts';
import { BROKEN, type Ending, type HubPort } from '../src/room/ports.ts';
import { takes } from '../src/room/rate.ts';
import { inTurn } from '../src/room/turns.ts';
import { toResponse } from '../src/upgrade/reject.ts';
import { sanitizeClose } from '../src/util/close.ts';
import { Backing } from './backing.ts';
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
  readonly #backing: Backing;
  readonly #sockets: Sockets;
  readonly #alarm: Alarm;
  readonly #usedTickets: UsedTickets;
  readonly #settings: Settings;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#alarm = new Alarm(ctx.storage);
    this.#settings = new Settings(ctx.storage);
    this.#usedTickets = new UsedTickets(ctx.storage.sql);
    this.#sockets = new Sockets(ctx);
    const { sql } = ctx.storage;
    const stores = { history: new SqlHistory(sql), idempotency: new SqlIdempotency(sql) };
    this.#hub = new Hub(this.#port(), ENCODERS, stores);
    this.#sp = new SpRoom(this.#hub, spPort(sql, this.#alarm));
    this.#protocols = createProtocols(this.#sp);
    this.#backing = new Backing({ hub: this.#hub, ctx, env, alarm: this.#alarm, plugins: this.plugins });
    this.#apply();
    for (const [socket, record] of sleepingSockets(ctx)) {
      if (record) this.#backing.joined(this.#restore(socket, record), false);
      else turnAway(ctx, socket);
    }
    this.#sp.restore();
    this.#sockets.answerPings();
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
    if (isHttp) return this.#backing.answer(withoutEntry(request), admission);
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
    const socket = this.#sockets.socketOf(session);
    if (socket) await this.webSocketMessage(socket, message);
    return socket !== null;
  }

  callServerApi(settings: string, method: string, params: string): Promise<string> {
    this.#configure(settings);
    return callServerApi(this.#hub, method, params);
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void | Promise<void> {
    const connection = this.#connectionOf(socket);
    if (!connection || !takes(this.#hub, connection, message)) return;
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

  /** Takes a connection in that is for what stands behind the room, if that lets it in. */
  async #open(connection: Connection, request: Request): Promise<Response> {
    const opening = await this.#backing.open(connection, request);
    if (opening instanceof Response) return opening;
    // Others may have come in meanwhile.
    const refused = this.#hub.checkRoom(connection.record);
    if (refused) {
      this.#backing.tellEnd(connection, BROKEN);
      return toResponse(refused);
    }
    connection.record.subprotocol = opening.subprotocol;
    return this.#accept(connection, opening.headers);
  }

  #accept(connection: Connection, headers: Headers): Response {
    const { record, socket: antechamber } = connection;
    const { response, socket } = switchProtocols(record.subprotocol, headers);
    acceptSocket(this.ctx, socket, record);
    connection.socket = socket;
    this.#enter(socket, connection, () => this.#hub.join(connection));
    if (antechamber instanceof Antechamber) antechamber.empty(this.#hub, connection);
    this.#backing.joined(connection, true);
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
    if (!this.#settings.update(settings)) return;
    this.#apply();
    this.#hub.endUnkept();
  }

  #apply(): void {
    const { namespaces, tokens, application } = this.#settings.current;
    this.#hub.namespaces = namespaces;
    this.#hub.tokens = tokens && new MemberTokens(tokens, authPort(this.env));
    this.#backing.apply(application, () => this.#sockets.members);
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
        this.#backing.left(connection, ending);
      },
    };
  }

  #enter(socket: WebSocket, connection: Connection, become: () => void): void {
    this.#sockets.add(socket, connection);
    become();
    this.#protocols[connection.record.protocol].enter?.(this.#hub, connection);
  }

  #restore(socket: WebSocket, record: ConnectionRecord): Connection {
    const connection = createConnection(socket, record);
    this.#enter(socket, connection, () => this.#hub.restore(connection));
    return connection;
  }

  /** Somebody whose last words or end have woken the room was not among the open sockets, and is a member until then. */
  #connectionOf(socket: WebSocket): Connection | null {
    const known = this.#sockets.connectionOf(socket);
    const record = known === null ? readRecord(socket) : null;
    return record === null ? known : this.#restore(socket, record);
  }

  #forget(socket: WebSocket, ending: Ending): void {
    const connection = this.#connectionOf(socket);
    if (connection) this.#hub.leave(connection, ending);
    this.#sockets.delete(socket);
  }
}
