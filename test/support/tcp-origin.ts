import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A TCP service whose every connection a test plays. */
export interface TcpOrigin {
  port: number;
  /** What becomes of the next connections. */
  play: (socket: Socket) => void;
  /** Those that are open. */
  readonly sockets: ReadonlySet<Socket>;
  /** Ends the connections that there are. */
  hangUp(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a service that echoes until a test says otherwise. */
export async function startOrigin(): Promise<TcpOrigin> {
  const sockets = new Set<Socket>();
  const service = {
    port: 0,
    play: (socket: Socket): void => void socket.pipe(socket),
    sockets,
    async hangUp() {
      const ended = [...sockets].map((socket) => once(socket, 'close'));
      for (const socket of sockets) socket.destroy();
      await Promise.all(ended);
    },
    async stop() {
      await service.hangUp();
      server.close();
      await once(server, 'close');
    },
  };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // What breaks a connection is part of many tests.
    socket.on('error', () => {});
    service.play(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  service.port = (server.address() as AddressInfo).port;
  return service;
}
