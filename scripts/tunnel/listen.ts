import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { endOf, join } from './join.ts';
import type { ListenAddress } from './options.ts';
import { EXIT, type Outcome } from './outcome.ts';

type Open = () => Promise<WebSocket | Outcome>;

/** Opens a tunnel for each connection, and tells of each that ends. Resolves where it can't listen. */
export async function listen(
  { host, port }: ListenAddress,
  open: Open,
  tell: (outcome: Outcome) => void,
): Promise<Outcome> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => void carry(client, open).then(tell));
  try {
    server.listen(port, host);
    await once(server, 'listening');
    const { port: taken } = server.address() as AddressInfo;
    console.error(`signalbox tunnel: listening on ${host.includes(':') ? `[${host}]` : host}:${taken}`);
    await once(server, 'close');
  } catch (error) {
    return { exit: EXIT.usage, message: (error as Error).message };
  }
  return { exit: EXIT.ok, message: null };
}

/** A connection whose tunnel did not end well is reset, so that nobody takes what came for all there was. */
async function carry(client: Socket, open: Open): Promise<Outcome> {
  // What becomes of the connection shows in its streams.
  client.on('error', () => {});
  const opened = await open();
  const outcome = 'exit' in opened ? opened : await join(opened, client, client);
  if (outcome.exit === EXIT.ok) await endOf(client);
  else client.resetAndDestroy();
  client.destroy();
  return outcome;
}
