/** Connections that are made to last, to stall, or to be given up. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Router } from './router.ts';

/** A TCP connection that sends each write at once, and reads only when it is told to. */
export async function dial(router: Router): Promise<Socket> {
  const socket = connect({ port: router.port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Hands bytes to the network, and waits until it has taken them. */
export function push(socket: Socket, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(data, (error) => (error ? reject(error) : resolve()));
  });
}

/** Does a thing `count` times, in rounds of `atOnce` at the same time. */
export async function inRounds(count: number, atOnce: number, task: (index: number) => Promise<void>): Promise<void> {
  for (let start = 0; start < count; start += atOnce) {
    await Promise.all(Array.from({ length: Math.min(atOnce, count - start) }, (_, index) => task(start + index)));
  }
}
