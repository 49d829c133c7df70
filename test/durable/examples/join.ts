/** Clients of the examples inside workerd. */
import { ask, type Client, connect } from '../client.ts';

type Asked = { query?: string; headers?: HeadersInit };

export const settingsOf = (name: string) => ({ application: { kind: 'plugin', name } }) as const;

/** Connects to a room that runs the example, as the edge does. */
export function join(example: string, room: string, { query = '', headers = {} }: Asked = {}): Promise<Client> {
  const asked = new Request(`https://example.com/examples/${example}/${room}${query}`, { headers });
  return connect(room, { protocol: 'application' }, null, settingsOf(example), asked);
}

/** What an upgrade is refused with. */
export async function refusalOf(example: string, { query = '', headers = {} }: Asked = {}): Promise<[number, string]> {
  const asked = new Request(`https://example.com/examples/${example}/refused${query}`, { headers });
  const answer = await ask('refused', { protocol: 'application' }, null, settingsOf(example), asked);
  return [answer.status, await answer.text()];
}

/** What arrives next: a message, parsed, or the close. */
export async function nextJson(client: Client): Promise<unknown> {
  const message = await client.next();
  return typeof message === 'string' ? JSON.parse(message) : message;
}
