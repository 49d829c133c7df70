import * as v from 'valibot';
import { isToken } from '../util/header-list.ts';
import type { Message } from './control.ts';
import { Bytes, Content, wholeNumber } from './schema-parts.ts';

/** Items in one call, as many as a batch of the server API has. */
const MAX_ITEMS = 1000;

/** For the WebSocket clients on a channel. `refresh` asks the application server about each of them, at once. */
export type WebSocketFormat =
  | { action: 'send'; message: Message }
  /** The code as it was given, which may be one that nobody may send. Null for none. */
  | { action: 'close'; code: number | null; reason: string }
  | { action: 'refresh' };

/** For the HTTP streams that are held open on a channel. */
export type HttpStreamFormat = { action: 'send'; content: Message } | { action: 'close' };

/** What ends the HTTP requests that are held on a channel. */
export interface HttpResponseFormat {
  status: number;
  headers: [name: string, value: string][];
  body: Message;
}

/** What one item publishes on a channel, for each kind of subscriber; null where it has nothing for that kind. */
export interface PublishItem {
  channel: string;
  id: string | null;
  prevId: string | null;
  webSocket: WebSocketFormat | null;
  httpStream: HttpStreamFormat | null;
  httpResponse: HttpResponseFormat | null;
}

const ACTIONS = ['send', 'close', 'refresh', 'hint'] as const;
const Action = v.optional(v.picklist(ACTIONS), 'send');

const WebSocketInput = v.pipe(
  v.object({
    action: Action,
    type: v.optional(v.picklist(['text', 'binary', 'ping', 'pong'])),
    ...Content,
    code: v.optional(wholeNumber(0, 65_535)),
    reason: v.optional(v.string(), ''),
  }),
  v.check(
    (given) => given.action !== 'send' || given.type === 'ping' || given.type === 'pong' || hasContent(given),
    'has no content',
  ),
  v.transform((given): WebSocketFormat | null => {
    switch (given.action) {
      case 'send':
        return toMessage(given);
      case 'close':
        return { action: 'close', code: given.code ?? null, reason: given.reason };
      case 'refresh':
        return { action: 'refresh' };
      case 'hint':
        return null;
    }
  }),
);

const HttpStreamInput = v.pipe(
  v.object({ action: Action, ...Content }),
  v.check((given) => given.action !== 'send' || hasContent(given), 'has no content'),
  v.transform((given): HttpStreamFormat | null => {
    if (given.action === 'close') return { action: 'close' };
    // The others tell to fetch a link of the held request, and none is followed here.
    return given.action === 'send' ? { action: 'send', content: contentOf(given) } : null;
  }),
);

const HeaderValue = v.pipe(v.string(), v.regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'is not a header value'));
const HeaderName = v.pipe(v.string(), v.check(isToken, 'is not a header name'));
const HeaderPairs = v.array(v.tuple([HeaderName, HeaderValue]));

const HttpResponseInput = v.pipe(
  v.object({
    action: Action,
    code: v.optional(wholeNumber(200, 599), 200),
    headers: v.optional(
      v.union([HeaderPairs, v.pipe(v.record(v.string(), v.string()), v.transform(Object.entries), HeaderPairs)]),
      [],
    ),
    body: v.optional(v.string()),
    'body-bin': v.optional(Bytes),
  }),
  v.check((given) => given.action !== 'send' || (given['body-bin'] ?? given.body) !== undefined, 'has no body'),
  v.transform((given): HttpResponseFormat | null => {
    if (given.action !== 'send') return null;
    return { status: given.code, headers: given.headers, body: given['body-bin'] ?? given.body ?? '' };
  }),
);

const Formats = v.object({
  'ws-message': v.optional(WebSocketInput),
  'http-stream': v.optional(HttpStreamInput),
  'http-response': v.optional(HttpResponseInput),
});

const Item = v.pipe(
  v.looseObject({
    channel: v.pipe(v.string(), v.nonEmpty('must not be empty')),
    id: v.optional(v.string()),
    'prev-id': v.optional(v.string()),
  }),
  // The protocol has the formats beside the channel, and libraries within `formats`.
  v.transform((item) => ({ ...item, formats: 'formats' in item ? item.formats : item })),
  v.object({
    channel: v.string(),
    id: v.optional(v.string()),
    'prev-id': v.optional(v.string()),
    formats: v.pipe(
      Formats,
      v.check((formats) => Object.values(formats).some((format) => format !== undefined), 'no format is given'),
    ),
  }),
);

const Call = v.object({ items: v.pipe(v.array(Item), v.maxLength(MAX_ITEMS)) });

/**
 * The items in the body of `POST /publish` (https://pushpin.org/docs/protocols/grip/, "Control Service"), or one sentence
 * that says what is wrong with it, for who published. All or none: one bad item spoils the call.
 */
export function parsePublish(body: unknown): PublishItem[] | string {
  const result = v.safeParse(Call, body);
  if (result.success) return result.output.items.map(toItem);
  const issue = result.issues[0];
  return `Invalid format: ${v.getDotPath(issue) ?? 'the body'}: ${issue.message}`;
}

function toItem({ channel, id, 'prev-id': prevId, formats }: v.InferOutput<typeof Item>): PublishItem {
  return {
    channel,
    id: id ?? null,
    prevId: prevId ?? null,
    webSocket: formats['ws-message'] ?? null,
    httpStream: formats['http-stream'] ?? null,
    httpResponse: formats['http-response'] ?? null,
  };
}

interface Given {
  content?: string;
  'content-bin'?: Uint8Array;
}

function hasContent(given: Given): boolean {
  return (given['content-bin'] ?? given.content) !== undefined;
}

function contentOf(given: Given): Message {
  return given['content-bin'] ?? given.content ?? '';
}

/** Pings and pongs are for nobody: the runtime does not let us send them. */
function toMessage(given: Given & { type?: 'text' | 'binary' | 'ping' | 'pong' }): WebSocketFormat | null {
  const content = contentOf(given);
  switch (given.type) {
    case 'ping':
    case 'pong':
      return null;
    case 'text':
      return { action: 'send', message: typeof content === 'string' ? content : new TextDecoder().decode(content) };
    case 'binary':
      return { action: 'send', message: typeof content === 'string' ? new TextEncoder().encode(content) : content };
    case undefined:
      return { action: 'send', message: content };
  }
}
