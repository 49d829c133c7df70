import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Something between a client and a server that can lose its connections, as networks do. */
export interface TcpRelay {
  /** `127.0.0.1:port` */
  host: string;
  /** Breaks every connection that there is. New ones are taken. */
  breakAll(): void;
  stop(): Promise<void>;
}

export async function startRelay(port: number): Promise<TcpRelay> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      // One end that breaks breaks the other; what went wrong is of no interest.
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    breakAll,
    async stop() {
      breakAll();
      server.close();
      await once(server, 'close');
    },
  };
}
