import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../src/app.ts';
import { DISCONNECTS } from '../src/config/disconnects.ts';
import { acceptSocket, answerPings, sleepingSockets } from '../src/platform/hibernation.ts';
import { switchProtocols } from '../src/platform/socket.ts';
import { readAdmission } from '../src/platform/stub.ts';
import { ENCODERS, PROTOCOLS } from '../src/protocols/protocol.ts';
import { type Connection, type ConnectionRecord, createConnection, RECORD_VERSION } from '../src/room/connection.ts';
import { Hub } from '../src/room/hub.ts';
import { toResponse } from '../src/upgrade/reject.ts';
import { sanitizeClose } from '../src/util/close.ts';

/** A room: takes the runtime's events to the Hub, and what the Hub decides to the sockets. It decides nothing itself. */
export class RoomObject extends DurableObject {
  readonly #hub = new Hub({ now: () => Date.now(), nextTurn: (task) => void setTimeout(task, 0) }, ENCODERS);
  /** Does not survive hibernation: filled again from the sockets' attachments. */
  readonly #connections = new Map<WebSocket, Connection>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    answerPings(ctx);
    for (const [socket, record] of sleepingSockets(ctx)) {
      if (record) this.#add(socket, record);
      else socket.close(DISCONNECTS.serviceRestart.code, DISCONNECTS.serviceRestart.reason);
    }
  }

  /** Takes an upgrade that the edge has let through. */
  override fetch(request: Request): Response {
    const admission = readAdmission(request);
    const refused = this.#hub.checkRoom(admission.limits);
    if (refused) return toResponse(refused);
    const { response, socket } = switchProtocols(admission.subprotocol);
    const record: ConnectionRecord = { ...admission, version: RECORD_VERSION, id: crypto.randomUUID() };
    acceptSocket(this.ctx, socket, record);
    this.#add(socket, record);
    return response;
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    const connection = this.#connections.get(socket);
    if (!connection || !this.#hub.takes(connection, message)) return;
    try {
      PROTOCOLS[connection.record.protocol].receive(this.#hub, connection, message);
    } catch (error) {
      console.error(`Connection ${connection.record.id} failed:`, error);
      this.#hub.disconnect(connection, DISCONNECTS.internalError);
    }
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    this.#remove(socket);
    // The runtime never answers a Close on a hibernating socket by itself, whatever the compatibility date.
    socket.close(...sanitizeClose(code, reason));
  }

  /** The connection broke, or the client broke the protocol; the runtime has closed the socket where it still could. */
  override webSocketError(socket: WebSocket): void {
    this.#remove(socket);
  }

  #add(socket: WebSocket, record: ConnectionRecord): void {
    const connection = createConnection(socket, record);
    this.#connections.set(socket, connection);
    this.#hub.join(connection);
  }

  #remove(socket: WebSocket): void {
    const connection = this.#connections.get(socket);
    if (connection) this.#hub.leave(connection);
    this.#connections.delete(socket);
  }
}
