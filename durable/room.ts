import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../src/app.ts';
import { MemberTokens } from '../src/auth/member-tokens.ts';
import { DISCONNECTS, type Disconnect } from '../src/config/disconnects.ts';
import { INVALID_TOKEN, Rejected } from '../src/config/errors.ts';
import { Alarm } from '../src/platform/alarm.ts';
import {
  acceptSocket,
  answerPings,
  isPeer,
  pongFor,
  sleepingSockets,
  turnAway,
  writeRecord,
} from '../src/platform/hibernation.ts';
import { authPort } from '../src/platform/secrets.ts';
import { switchProtocols } from '../src/platform/socket.ts';
import { type Entry, type RoomRpc, readEntry, readSettings } from '../src/platform/stub.ts';
import { nextTurn } from '../src/platform/turn.ts';
import { callServerApi } from '../src/protocols/centrifugo/server-api.ts';
import { createProtocols, ENCODERS } from '../src/protocols/protocol.ts';
import { type SpPort, SpRoom } from '../src/protocols/sp/sp-room.ts';
import {
  type Connection,
  type ConnectionInfo,
  type ConnectionRecord,
  createConnection,
  createRecord,
} from '../src/room/connection.ts';
import { Hub } from '../src/room/hub.ts';
import type { Who } from '../src/room/members.ts';
import type { HubPort } from '../src/room/ports.ts';
import { inTurn } from '../src/room/turns.ts';
import { toResponse } from '../src/upgrade/reject.ts';
import { sanitizeClose } from '../src/util/close.ts';
import { Settings } from './settings.ts';
import { SqlHistory } from './sql-history.ts';
import { SqlIdempotency } from './sql-idempotency.ts';
import { SqlPatternStore } from './sql-pattern-store.ts';
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

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#alarm = new Alarm(ctx.storage);
    this.#settings = new Settings(ctx.storage);
    this.#usedTickets = new UsedTickets(ctx.storage.sql);
    const { sql } = ctx.storage;
    const stores = { history: new SqlHistory(sql), idempotency: new SqlIdempotency(sql) };
    this.#hub = new Hub(this.#port(), ENCODERS, stores);
    this.#sp = new SpRoom(this.#hub, this.#spPort());
    this.#protocols = createProtocols(this.#sp);
    this.#apply();
    for (const [socket, record] of sleepingSockets(ctx)) {
      if (record) this.#enter(socket, record, (connection) => this.#hub.restore(connection));
      else turnAway(ctx, socket);
    }
    this.#sp.restore();
    answerPings(ctx);
  }

  /** Takes an upgrade that the edge has let through. */
  override fetch(request: Request): Response {
    const { admission, once } = readEntry(request);
    this.#configure(readSettings(request));
    const refused = this.#hub.checkRoom(admission) ?? this.#checkTicket(once);
    if (refused) return toResponse(refused);
    const { response, socket } = switchProtocols(admission.subprotocol);
    const record = createRecord(admission, crypto.randomUUID(), Date.now());
    acceptSocket(this.ctx, socket, record);
    if (isPeer(record)) answerPings(this.ctx);
    this.#enter(socket, record, (connection) => this.#hub.join(connection));
    return response;
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
    const connection = this.#connections.get(socket);
    if (!connection || !this.#hub.takes(connection, message)) return;
    const pong = pongFor(connection, message);
    if (pong !== null) return this.#hub.send(connection, pong);
    return inTurn(connection, () => this.#receive(connection, message));
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    this.#forget(socket);
    // The runtime never answers a Close on a hibernating socket by itself, whatever the compatibility date.
    socket.close(...sanitizeClose(code, reason));
  }

  /** The connection broke, or the client broke the protocol; the runtime has closed the socket where it still could. */
  override webSocketError(socket: WebSocket): void {
    this.#forget(socket);
  }

  override alarm(): void {
    this.#alarm.rang();
    this.#hub.wake();
    this.#sp.wake();
  }

  #checkTicket(once: Entry['once']): Rejected | null {
    if (once === null || this.#usedTickets.use(once.id, once.until, Date.now())) return null;
    return new Rejected('ERR_TICKET_USED', INVALID_TOKEN);
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
    const { namespaces, tokens } = this.#settings.current;
    this.#hub.namespaces = namespaces;
    this.#hub.tokens = tokens && new MemberTokens(tokens, authPort(this.env));
  }

  #port(): HubPort {
    return {
      room: this.ctx.id.name ?? '',
      now: () => Date.now(),
      nextTurn: (task) => nextTurn(this.ctx, task),
      wakeAt: (time) => this.#alarm.wakeAt(time),
      left: (connection) => this.#sp.leave(connection),
      remember: ({ socket, record }) => writeRecord(socket as WebSocket, record),
    };
  }

  #spPort(): SpPort {
    const { sql } = this.ctx.storage;
    return {
      requests: new SqlPatternStore(sql, 'requests'),
      pushed: new SqlPatternStore(sql, 'pushed'),
      random: () => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0,
      wakeAt: (time) => this.#alarm.wakeAt(time),
    };
  }

  #enter(socket: WebSocket, record: ConnectionRecord, become: (connection: Connection) => void): void {
    const connection = createConnection(socket, record);
    this.#connections.set(socket, connection);
    if (record.session !== undefined) this.#sessions.set(record.session, socket);
    become(connection);
    this.#protocols[record.protocol].enter?.(this.#hub, connection);
  }

  #forget(socket: WebSocket): void {
    const connection = this.#connections.get(socket);
    if (connection) this.#hub.leave(connection);
    this.#connections.delete(socket);
    if (connection && isPeer(connection.record)) answerPings(this.ctx);
    this.#sessions.delete(connection?.record.session ?? '');
  }
}
