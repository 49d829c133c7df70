import * as v from 'valibot';
import { parseJson } from '../util/json.ts';
import { Content, wholeNumber } from './schema-parts.ts';

/** What the control messages of GRIP begin with (https://pushpin.org/docs/protocols/grip/, "WebSocket"). */
const CONTROL_PREFIX = 'c:';
/** How long a connection is idle before it gets the message that the application server left for that, in seconds. */
const DEFAULT_IDLE_SECONDS = 55;
const MAX_SECONDS = 86_400;

/** What goes to a client: text stays text and binary stays binary. */
export type Message = string | Uint8Array;

/** Sent to a client that had nothing for `intervalMs` (`idle`), or every `intervalMs` whatever it got (`interval`). */
export interface IdleMessage {
  message: Message;
  mode: 'idle' | 'interval';
  intervalMs: number;
}

/** What the application server may ask for. */
export type ControlCommand =
  | { type: 'subscribe' | 'unsubscribe'; channel: string }
  /** From now on the client only listens, and the application server hears no more of it. */
  | { type: 'detach' }
  /** Null for none any more. */
  | { type: 'keep-alive'; idle: IdleMessage | null };

/**
 * Why something of the application server goes nowhere:
 * - `unprefixed`: it uses GRIP and said neither "message" nor "control";
 * - `malformed`: a control message that is not JSON, or not as its type has it;
 * - `unsupported`: a control message that asks for what is not offered here;
 * - `control_frame`: a ping or a pong, which the runtime does not let us send;
 * - `too_large`: a message for idle clients that is larger than can be kept.
 */
export type DropReason = 'unprefixed' | 'malformed' | 'unsupported' | 'control_frame' | 'too_large';

export type Meaning =
  | { kind: 'message'; message: Message }
  | { kind: 'control'; command: ControlCommand }
  | { kind: 'dropped'; reason: DropReason };

/**
 * What a message of the application server means. `prefix` is what its messages to the client begin with where it uses
 * GRIP; null where it doesn't, and all that it says is for the client.
 */
export function readMessage(message: Message, prefix: string | null): Meaning {
  if (prefix === null) return { kind: 'message', message };
  if (typeof message !== 'string') return readBinary(message, prefix);
  if (message.startsWith(CONTROL_PREFIX)) return readControl(message.slice(CONTROL_PREFIX.length));
  if (!message.startsWith(prefix)) return dropped('unprefixed');
  return { kind: 'message', message: message.slice(prefix.length) };
}

function readBinary(bytes: Uint8Array, prefix: string): Meaning {
  const start = new TextEncoder().encode(prefix);
  if (start.some((byte, index) => byte !== bytes[index])) return dropped('unprefixed');
  return { kind: 'message', message: bytes.subarray(start.length) };
}

function readControl(text: string): Meaning {
  const result = v.safeParse(Command, parseJson(text));
  return result.success ? toMeaning(result.output) : dropped('malformed');
}

const Channel = v.pipe(v.string(), v.nonEmpty());

const Command = v.variant('type', [
  v.object({
    type: v.literal('subscribe'),
    channel: Channel,
    filters: v.optional(v.array(v.string()), []),
  }),
  v.object({ type: v.literal('unsubscribe'), channel: Channel }),
  v.object({ type: v.literal('detach') }),
  v.object({
    type: v.literal('keep-alive'),
    'message-type': v.optional(v.picklist(['text', 'binary', 'ping', 'pong']), 'text'),
    ...Content,
    timeout: v.optional(wholeNumber(0, MAX_SECONDS), 0),
    mode: v.optional(v.string(), 'idle'),
  }),
  v.object({ type: v.picklist(['session', 'set-meta', 'send-delayed', 'flush-delayed']) }),
]);

function toMeaning(command: v.InferOutput<typeof Command>): Meaning {
  switch (command.type) {
    case 'subscribe':
      // Filters keep messages from a subscriber, or change them: without them it would get what it must not.
      if (command.filters.length > 0) return dropped('unsupported');
      return control({ type: 'subscribe', channel: command.channel });
    case 'unsubscribe':
    case 'detach':
      return control(command);
    case 'keep-alive':
      return toKeepAlive(command);
    default:
      return dropped('unsupported');
  }
}

type KeepAlive = Extract<v.InferOutput<typeof Command>, { type: 'keep-alive' }>;

function toKeepAlive(command: KeepAlive): Meaning {
  const content = command['content-bin'] ?? command.content;
  if (content === undefined) return control({ type: 'keep-alive', idle: null });
  const kind = command['message-type'];
  if (kind === 'ping' || kind === 'pong') return dropped('control_frame');
  const message = kind === 'binary' ? toBytes(content) : toText(content);
  const mode = command.mode === 'interval' ? 'interval' : 'idle';
  const intervalMs = (command.timeout || DEFAULT_IDLE_SECONDS) * 1000;
  return control({ type: 'keep-alive', idle: { message, mode, intervalMs } });
}

function toBytes(content: Message): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
}

function toText(content: Message): string {
  return typeof content === 'string' ? content : new TextDecoder().decode(content);
}

function control(command: ControlCommand): Meaning {
  return { kind: 'control', command };
}

function dropped(reason: DropReason): Meaning {
  return { kind: 'dropped', reason };
}
