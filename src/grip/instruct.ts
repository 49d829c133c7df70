import { fromBase64 } from '../util/base64.ts';
import { splitList } from '../util/header-list.ts';
import { type Parameterized, paramOf, parseElements, parseParameterized } from '../util/header-params.ts';
import { answerHeaders, type HeaderFields } from './headers.ts';

/** Seconds after which a held request ends, or an idle stream gets its keep-alive, where nothing else is said. */
const DEFAULT_SECONDS = 55;
/** The shortest that a request is held, in seconds, as in Pushpin. */
const MIN_HOLD_SECONDS = 5;
const MAX_SECONDS = 86_400;

export interface HeldChannel {
  name: string;
  /** The id of what was last published on it, as far as the answer has it; null where that is not said. */
  prevId: string | null;
}

/** Bytes for a stream that had nothing for `intervalMs` (`idle`), or every `intervalMs` (`interval`). */
export interface StreamKeepAlive {
  data: Uint8Array;
  mode: 'idle' | 'interval';
  intervalMs: number;
}

/** How a request is held open (https://pushpin.org/docs/protocols/grip/, "HTTP"). */
export type Hold =
  /** Until something is published, or with the answer as it is after `timeoutMs`. */
  | { mode: 'response'; channels: HeldChannel[]; timeoutMs: number }
  /** The answer goes out at once, and what is published follows it. */
  | { mode: 'stream'; channels: HeldChannel[]; keepAlive: StreamKeepAlive | null };

/** What the application server's answer to a plain request tells the router. */
export interface Instruct {
  /** Null where it is an ordinary answer. */
  hold: Hold | null;
  status: number;
  headers: HeaderFields;
}

/** Reads an answer of the application server, or says in one sentence, for its author, what is wrong with it. */
export function readInstruct(status: number, headers: Headers): Instruct | string {
  const hold = readHold(headers);
  if (typeof hold === 'string') return hold;
  const shown = readStatus(headers, status);
  if (shown === null) return 'Grip-Status is not a status from 200 to 599';
  return { hold, status: shown, headers: exposed(headers) };
}

function readHold(headers: Headers): Hold | null | string {
  const mode = headers.get('Grip-Hold');
  if (mode === null) return null;
  if (mode !== 'response' && mode !== 'stream') return 'Grip-Hold is neither "response" nor "stream"';
  const channels = readChannels(headers.get('Grip-Channel') ?? '');
  if (typeof channels === 'string') return channels;
  if (mode === 'stream') return readStream(channels, headers.get('Grip-Keep-Alive'));
  const timeout = secondsIn(headers.get('Grip-Timeout'));
  if (timeout === null) return 'Grip-Timeout is not a whole number of seconds';
  return { mode, channels, timeoutMs: Math.max(timeout, MIN_HOLD_SECONDS) * 1000 };
}

function readChannels(header: string): HeldChannel[] | string {
  const elements = parseElements(header)?.filter(({ value }) => value !== '');
  if (elements === undefined || elements.length === 0) return 'Grip-Channel names no channel';
  const filtered = elements.find((element) => paramOf(element, 'filter') !== null);
  if (filtered !== undefined) return 'Grip-Channel has a filter, and there are none here';
  return elements.map((element) => ({ name: element.value, prevId: paramOf(element, 'prev-id') }));
}

function readStream(channels: HeldChannel[], header: string | null): Hold | string {
  if (header === null) return { mode: 'stream', channels, keepAlive: null };
  const parsed = parseParameterized(header);
  const data = parsed && dataOf(parsed);
  const seconds = parsed && secondsIn(paramOf(parsed, 'timeout'));
  if (!data || !seconds) return 'Grip-Keep-Alive has no data, or a timeout or format that is not known';
  const mode = paramOf(parsed, 'mode') ?? 'idle';
  if (mode !== 'idle' && mode !== 'interval') return 'Grip-Keep-Alive has a mode that is neither "idle" nor "interval"';
  return { mode: 'stream', channels, keepAlive: { data, mode, intervalMs: seconds * 1000 } };
}

function dataOf(parsed: Parameterized): Uint8Array | null {
  if (parsed.value === '') return null;
  switch (paramOf(parsed, 'format') ?? 'raw') {
    case 'raw':
      return new TextEncoder().encode(parsed.value);
    case 'cstring':
      return unescapeText(parsed.value);
    case 'base64':
      return fromBase64(parsed.value);
    default:
      return null;
  }
}

const ESCAPES: Record<string, string> = { '\\': '\\', r: '\r', n: '\n', t: '\t' };

/** The bytes of a text with `\\`, `\r`, `\n`, `\t` and `\xHH` in it; null where a backslash stands before something else. */
function unescapeText(text: string): Uint8Array | null {
  const bytes = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
  let known = true;
  const plain = bytes.replace(/\\(?:x([0-9A-Fa-f]{2})|(.?))/g, (_, hex: string | undefined, char: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    known &&= Object.hasOwn(ESCAPES, char);
    return ESCAPES[char] ?? '';
  });
  return known ? Uint8Array.from(plain, (char) => char.charCodeAt(0)) : null;
}

/** Whole seconds, the default where nothing is said; null where it is no such number. */
function secondsIn(text: string | null): number | null {
  if (text === null) return DEFAULT_SECONDS;
  return /^\d{1,9}$/.test(text) ? Math.min(Number(text), MAX_SECONDS) : null;
}

/** For answers whose own status would not let them carry the headers, such as 304. */
function readStatus(headers: Headers, status: number): number | null {
  const given = headers.get('Grip-Status');
  if (given === null) return status;
  const code = Number(/^(\d{3})(?: |$)/.exec(given)?.[1] ?? 0);
  return code >= 200 && code <= 599 ? code : null;
}

/** What the client gets of the headers: all that are not for the router, or only those that are named. */
function exposed(headers: Headers): HeaderFields {
  const all = answerHeaders(headers);
  const list = headers.get('Grip-Expose-Headers');
  if (list === null) return all;
  const names = splitList(list).map((name) => name.toLowerCase());
  return all.filter(([name]) => names.includes(name));
}
