import { Rejected } from '../config/errors.ts';
import { MAX_ROOM_NAME_BYTES } from '../config/limits.ts';
import { decodeSegment } from '../config/match.ts';
import { TEMPLATE_PARAM, templateParams } from '../config/pattern.ts';
import { utf8Length } from '../util/text.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * The room that a path leads to, as the name of its Durable Object.
 *
 * Parameters stand in it percent-encoded in one canonical way: spellings of one name (`caf%C3%A9`, `caf%c3%a9`) meet in
 * one room, and no parameter can write the `/` with which a template keeps its rooms apart.
 */
export function roomName(template: string, params: Record<string, string>): string | Rejected {
  const values = new Map<string, string>();
  for (const name of templateParams(template)) {
    const value = decodeSegment(params[name] ?? '');
    if (value === null || value === '' || CONTROL.test(value)) return new Rejected('ERR_ROOM_NAME');
    values.set(name, value);
  }
  const plain = fill(template, (name) => values.get(name) ?? '');
  if (utf8Length(plain) > MAX_ROOM_NAME_BYTES) return new Rejected('ERR_ROOM_NAME');
  return fill(template, (name) => encodeURIComponent(values.get(name) ?? ''));
}

function fill(template: string, value: (name: string) => string): string {
  return template.replace(TEMPLATE_PARAM, (_, name: string) => value(name));
}
