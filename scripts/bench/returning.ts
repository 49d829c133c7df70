/** Clients that come back to a channel whose publications are kept, and are given what they missed. */
import { Client } from './client.ts';
import { askFor, DIALECTS } from './dialects.ts';

export interface Return {
  port: number;
  room: string;
  channel: string;
  /** Publications that each of them missed. */
  missed: number;
  onLost(error: Error): void;
}

interface Place {
  offset: number;
  epoch: string;
}

/** Makes a function that lets one more client come back, from the same place in the stream as all others. */
export async function comingBack(options: Return): Promise<() => Promise<void>> {
  const { channel, missed } = options;
  const text = await askFor(await connect(options), { subscribe: { channel, recoverable: true } });
  const { offset, epoch } = (JSON.parse(text) as { subscribe: Place }).subscribe;
  const subscribe = { channel, recoverable: true, recover: true, offset: offset - missed, epoch };
  return async () => checkRecovered(await askFor(await connect(options), { subscribe }), missed);
}

async function connect({ port, room, onLost }: Return): Promise<Client> {
  const { unit, path, enter } = DIALECTS.publisher;
  const client = new Client({ port, path: path(room), unit, onMessages: () => {}, onLost });
  await enter(client);
  return client;
}

/**
 * Looks at a reply without parsing it, which would cost more than to write it.
 *
 * @throws Error where it does not hold what was missed
 */
export function checkRecovered(reply: string, missed: number): void {
  // One more offset is that of the position.
  const publications = reply.split('"offset":').length - 2;
  const isRecovered = reply.includes('"recovered":true');
  if (!isRecovered || publications !== missed) throw new Error(`A client missed ${missed}, got ${publications}`);
}
