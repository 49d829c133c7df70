import { Rejected } from '../config/errors.ts';
import { MAX_ROOM_NAME_BYTES } from '../config/limits.ts';
import { TEMPLATE_PARAM, templateParams } from '../config/pattern.ts';
import { CONTROL_CHARACTER, decodeSegment, encodeSegment, utf8Length } from '../util/text.ts';

/**
 * The room that a path leads to, as the name of its Durable Object.
 *
 * Each segment of the template stands in it percent-encoded in one canonical way: spellings of one name (`caf%C3%A9`,
 * `caf%c3%a9`) meet in one room, and no parameter can write the `/` with which a template keeps its rooms apart.
 */
export function roomName(template: string, params: Record<string, string>): string | Rejected {
  const values = new Map<string, string>();
  for (const name of templateParams(template)) {
    const value = decodeSegment(params[name] ?? '');
    if (value === null || value === '' || CONTROL_CHARACTER.test(value)) return new Rejected('ERR_ROOM_NAME');
    values.set(name, value);
  }
  const segments = template.split('/').map((segment) => fill(segment, values));
  if (utf8Length(segments.join('/')) > MAX_ROOM_NAME_BYTES) return new Rejected('ERR_ROOM_NAME');
  return segments.map(encodeSegment).join('/');
}

function fill(segment: string, values: Map<string, string>): string {
  return segment.replace(TEMPLATE_PARAM, (_, name: string) => values.get(name) ?? '');
}
