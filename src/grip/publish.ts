import { DISCONNECTS } from '../config/disconnects.ts';
import { Rejected } from '../config/errors.ts';
import type { Connection } from '../room/connection.ts';
import type { Hub } from '../room/hub.ts';
import { refuse, toResponse } from '../upgrade/reject.ts';
import { bufferOf } from '../util/bytes.ts';
import { sanitizeClose } from '../util/close.ts';
import { parseJson } from '../util/json.ts';
import type { Message } from './control.ts';
import {
  type HttpResponseFormat,
  type HttpStreamFormat,
  type PublishItem,
  parsePublish,
  type WebSocketFormat,
} from './formats.ts';
import { toJson } from './json.ts';

/** Asks the application server about a session, by its id. */
type Refresh = (id: string) => void;

/**
 * Answers `POST /publish`, as Pushpin does (https://pushpin.org/docs/protocols/grip/, "Control Service"). What is acknowledged
 * has been written, where its channel keeps it.
 */
export async function answerPublish(request: Request, hub: Hub, refresh: Refresh): Promise<Response> {
  const items = parsePublish(parseJson(await request.text()));
  if (typeof items === 'string') return toResponse(new Rejected('ERR_API_REQUEST'), { mistakes: [items] });
  const published = await Promise.all(items.map((item) => publishItem(item, hub, refresh)));
  return published.every((isDone) => isDone) ? new Response('Published\n') : refuse('ERR_INTERNAL');
}

/** False where something could not be written. */
function publishItem(item: PublishItem, hub: Hub, refresh: Refresh): Promise<boolean> | boolean {
  const { channel, webSocket, httpStream, httpResponse } = item;
  const subscribers = hub.subscribersOf(channel);
  if (httpStream) toStreams(httpStream, hub, heldIn(subscribers, 'stream'));
  if (httpResponse) toRequests(httpResponse, hub, heldIn(subscribers, 'response'));
  return webSocket === null || toSockets(webSocket, channel, hub, refresh);
}

function heldIn(subscribers: readonly Connection[], mode: 'stream' | 'response'): Connection[] {
  return subscribers.filter(({ record }) => record.hold?.mode === mode);
}

function toStreams(format: HttpStreamFormat, hub: Hub, held: readonly Connection[]): void {
  for (const connection of held) {
    if (format.action === 'send') hub.send(connection, format.content);
    else hub.disconnect(connection, DISCONNECTS.ended);
  }
}

/** The edge, which holds the request, makes the answer; then there is nothing left to hold. */
function toRequests(format: HttpResponseFormat, hub: Hub, held: readonly Connection[]): void {
  const answer = held.length > 0 ? toJson(format) : '';
  for (const connection of held) {
    hub.send(connection, answer);
    hub.disconnect(connection, DISCONNECTS.ended);
  }
}

/** What is sent goes to everybody on the channel, whatever they speak; the rest is about the application server's own. */
function toSockets(format: WebSocketFormat, channel: string, hub: Hub, refresh: Refresh): Promise<boolean> | boolean {
  if (format.action === 'send') return publishMessage(format.message, channel, hub);
  for (const connection of hub.subscribersOf(channel)) {
    if (connection.record.protocol !== 'application') continue;
    if (format.action === 'close') hub.close(connection, sanitizeClose(format.code ?? 0, format.reason));
    else refresh(connection.record.id);
  }
  return true;
}

function publishMessage(message: Message, channel: string, hub: Hub): Promise<boolean> {
  if (hub.optionsOf(channel) === null) return Promise.resolve(true);
  const data = typeof message === 'string' ? message : bufferOf(message);
  return new Promise((resolve) => {
    hub.publish(channel, { data, json: false, publisher: null, tags: null }, null, (written) =>
      resolve(written !== null),
    );
  });
}
