/** What the load generator's clients say, and what they are told in return. */
import type { Client, ClientOptions } from './client.ts';
import { binaryFrame, textFrame } from './frames.ts';

/** A channel whose publications are not kept, and the namespace of those whose are: see servers/signalbox.ts. */
export const LIVE = 'live';
export const KEPT = 'kept:all';

/** How clients talk. */
export interface Dialect extends Pick<ClientOptions, 'unit' | 'subprotocol'> {
  path(room: string): string;
  /** Resolves once a client gets what is published. */
  enter(client: Client): Promise<void>;
  /** Resolves once one more client may publish, which gets nothing of it; missing where the first one of the others does it. */
  enterPublisher?(client: Client): Promise<void>;
  /** The frame that publishes so many bytes. */
  publication(bytes: number, channel: string): Buffer;
}

/** A bare WebSocket: each message is one frame. */
const RAW: Dialect = {
  unit: 'frame',
  path: (room) => `/rooms/${room}`,
  enter: (client) => client.opened,
  publication: (bytes) => textFrame('x'.repeat(bytes)),
};

/** A publisher in Centrifugo's protocol, who gets nothing but acknowledgements: one for each publication. */
const PUBLISHER: Dialect = {
  unit: 'line',
  path: (room) => `/rooms/${room}/connection/websocket`,
  async enter(client) {
    await client.opened;
    await askFor(client, { connect: {} });
  },
  // The replies are counted and not told apart, so all commands may have one id.
  publication: (bytes, channel) => textFrame(JSON.stringify({ id: 1, publish: { channel, data: payload(bytes) } })),
};

/** A subscriber in Centrifugo's protocol, to both channels. */
const SUBSCRIBER: Dialect = {
  ...PUBLISHER,
  async enter(client) {
    await PUBLISHER.enter(client);
    for (const channel of [LIVE, KEPT]) await askFor(client, { subscribe: { channel } });
  },
  enterPublisher: PUBLISHER.enter,
};

/** A REQ: each message that it gets is the answer to one that it sent. The request's id is always the same. */
const REQ: Dialect = {
  unit: 'frame',
  subprotocol: 'rep.sp.nanomsg.org',
  path: (room) => `/sp/${room}`,
  enter: (client) => client.opened,
  publication: (bytes) => binaryFrame(Buffer.concat([Buffer.from([0x80, 0, 0, 1]), Buffer.alloc(bytes, 'x')])),
};

/** A SUB, which only listens. */
const SUB: Dialect = { ...REQ, subprotocol: 'pub.sp.nanomsg.org' };

/** A client of a plug-in that sends each message back, and of one that sends it to everybody: see servers/signalbox.ts. */
const ECHO: Dialect = { ...RAW, path: (room) => `/echo/${room}` };
const BROADCAST: Dialect = { ...RAW, path: (room) => `/broadcast/${room}` };

export const DIALECTS = {
  raw: RAW,
  publisher: PUBLISHER,
  subscriber: SUBSCRIBER,
  req: REQ,
  sub: SUB,
  echo: ECHO,
  broadcast: BROADCAST,
};
export type DialectName = keyof typeof DIALECTS;

/** Sends a command, and resolves with the reply's text. @throws Error where it is an error */
export async function askFor(client: Client, command: object): Promise<string> {
  const reply = await client.ask(textFrame(JSON.stringify({ id: 1, ...command })));
  if (reply.startsWith('{"id":1,"error":')) throw new Error(`The server refused a command: ${reply}`);
  return reply;
}

/** Data that takes so many bytes as JSON. */
export function payload(bytes: number): object {
  return { text: 'x'.repeat(bytes - '{"text":""}'.length) };
}
