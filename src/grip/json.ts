import { fromBase64, toBase64 } from '../util/base64.ts';

/** What stands for bytes, as nothing else here does. */
const BYTES = 'base64';

/** JSON with bytes in it, for `fromJson`. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (part instanceof Uint8Array ? { [BYTES]: toBase64(part) } : part));
}

/** What `toJson` wrote. */
export function fromJson(text: string): unknown {
  return JSON.parse(text, (_, part: unknown) => (isBytes(part) ? fromBase64(part[BYTES]) : part));
}

function isBytes(part: unknown): part is { [BYTES]: string } {
  return typeof part === 'object' && part !== null && BYTES in part;
}
