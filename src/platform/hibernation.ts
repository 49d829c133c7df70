import { DISCONNECTS } from '../config/disconnects.ts';
import { type Connection, type ConnectionRecord, parseRecord } from '../room/connection.ts';

/** What a client sends to see whether it is still connected, and what it gets back. Text, and nothing but this word. */
const PING = 'ping';
const PONG = 'pong';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Marks the sockets of SP peers. Unlike the record it can be read whatever version wrote it. */
const SP = 'sp';

/**
 * Lets the runtime answer pings by itself, so that they never wake the room, or not. One pair per object, matched exactly. Not
 * where there are SP peers: it would answer them too, and a PUB of nanomsg aborts its process at the first byte that it gets.
 * Nor where there are connections of an application, to which that text is one as all others.
 */
export function answerPings(ctx: DurableObjectState, byRuntime: boolean): void {
  ctx.setWebSocketAutoResponse(byRuntime ? new WebSocketRequestResponsePair(PING, PONG) : undefined);
}

/** What a member is to get for what the runtime would have answered; null where that is nothing of the kind. */
export function pongFor({ record }: Connection, message: unknown): string | null {
  return message === PING && !isVerbatim(record) ? PONG : null;
}

/** Whether nothing that it says is for the room itself. */
export function isVerbatim(record: ConnectionRecord): boolean {
  return isPeer(record) || record.protocol === 'application';
}

/** Whether it gets nothing but what other peers say. */
function isPeer({ protocol }: ConnectionRecord): boolean {
  return protocol === 'sp' || protocol === 'sp_pair1';
}

/** Accepts a socket so that it stays open while the object sleeps, with the record that is to outlast the sleep. */
export function acceptSocket(ctx: DurableObjectState, socket: WebSocket, record: ConnectionRecord): void {
  ctx.acceptWebSocket(socket, isPeer(record) ? [SP] : []);
  writeRecord(socket, record);
}

/**
 * Ends the connection of a socket that can't be restored. A socket of nanomsg never comes back from a Close, but from a
 * connection that just ends; the runtime ends no single one, so then all of them end, and come back.
 */
export function turnAway(ctx: DurableObjectState, socket: WebSocket): void {
  const { code, reason } = DISCONNECTS.serviceRestart;
  if (ctx.getTags(socket).includes(SP)) ctx.abort(reason);
  else socket.close(code, reason);
}

/** Keeps a socket's record, as it is now, for after the object slept. */
export function writeRecord(socket: WebSocket, record: ConnectionRecord): void {
  socket.serializeAttachment(encoder.encode(JSON.stringify(record)));
}

/**
 * The sockets that were open when the object fell asleep, in the order in which they came, with their records; null for one of
 * another version.
 */
export function* sleepingSockets(ctx: DurableObjectState): Generator<[WebSocket, ConnectionRecord | null]> {
  // The runtime has the newest first.
  for (const socket of ctx.getWebSockets().reverse()) {
    // Sockets that are closing are listed too.
    if (socket.readyState === WebSocket.OPEN) yield [socket, readRecord(socket)];
  }
}

/** Lets a socket's record go. */
export function dropRecord(socket: WebSocket): void {
  socket.serializeAttachment(null);
}

/**
 * The record of a socket; null where there is none, or one of another version. It is kept as bytes, since what is allowed
 * to be in one is counted in bytes; a string could take twice as many.
 */
export function readRecord(socket: WebSocket): ConnectionRecord | null {
  const attachment: unknown = socket.deserializeAttachment();
  return attachment instanceof Uint8Array ? parseRecord(JSON.parse(decoder.decode(attachment))) : null;
}
