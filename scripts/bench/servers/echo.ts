/**
 * The origin behind the routers that are compared: each message goes back to who sent it, over a WebSocket of its own or in the
 * answer to the request that tells it. Tells its parent its port, and in answer to `GET` how many requests there were.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

let requests = 0;
const http = createServer(answer).listen(0, '127.0.0.1', () => process.send?.((http.address() as AddressInfo).port));
const sockets = new WebSocketServer({ server: http });

sockets.on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', (data, binary) => socket.send(data, { binary }));
});

/** What is asked about a connection is what is answered: an OPEN lets it in, and a message is sent to it. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.method === 'GET') {
    response.end(String(requests));
    return;
  }
  requests++;
  response.setHeader('Content-Type', 'application/websocket-events');
  request.pipe(response);
}

process.on('disconnect', () => process.exit());
