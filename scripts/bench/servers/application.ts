/**
 * The application server behind the routers that are compared. What it is asked about a connection is what it answers: an OPEN
 * lets it in, and a message is sent to it. Tells its parent its port, and in answer to `GET` how many requests there were.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

let requests = 0;

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.end(String(requests));
    return;
  }
  requests++;
  response.setHeader('Content-Type', 'application/websocket-events');
  request.pipe(response);
});

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
