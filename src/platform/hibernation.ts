import { type ConnectionRecord, parseRecord } from '../room/connection.ts';

/** What a client sends to see whether it is still connected, and what it gets back. Text, and nothing but this word. */
const PING = 'ping';
const PONG = 'pong';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Lets the runtime answer pings by itself, so that they never wake the room. One pair per object, matched exactly. */
export function answerPings(ctx: DurableObjectState): void {
  ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
}

/** Accepts a socket so that it stays open while the object sleeps, with the record that is to outlast the sleep. */
export function acceptSocket(ctx: DurableObjectState, socket: WebSocket, record: ConnectionRecord): void {
  ctx.acceptWebSocket(socket);
  writeRecord(socket, record);
}

/** Keeps a socket's record, as it is now, for after the object slept. */
export function writeRecord(socket: WebSocket, record: ConnectionRecord): void {
  socket.serializeAttachment(encoder.encode(JSON.stringify(record)));
}

/** The sockets that were open when the object fell asleep, with their records; null for one of another version. */
export function* sleepingSockets(ctx: DurableObjectState): Generator<[WebSocket, ConnectionRecord | null]> {
  for (const socket of ctx.getWebSockets()) {
    // Sockets that are closing are listed too.
    if (socket.readyState === WebSocket.OPEN) yield [socket, readRecord(socket)];
  }
}

/** A record is kept as bytes, since what is allowed to be in one is counted in bytes; a string could take twice as many. */
function readRecord(socket: WebSocket): ConnectionRecord | null {
  const attachment: unknown = socket.deserializeAttachment();
  return attachment instanceof Uint8Array ? parseRecord(JSON.parse(decoder.decode(attachment))) : null;
}
