import { trimBlanks } from './header-list.ts';

/** A header's value, or one element of its list, that has parameters: `value; name=x; other="y; z"`. */
export interface Parameterized {
  value: string;
  /** By name in lower case, in their order, without their quotes. A name without a value has an empty one. */
  params: [name: string, value: string][];
}

/** The elements of a comma-separated header, each with its parameters; null where a quoted string has no end. */
export function parseElements(header: string): Parameterized[] | null {
  // No quoted string goes over the end of an element, so where the list can be split its elements can.
  return splitUnquoted(header, ',')?.map((element) => parseParameterized(element) as Parameterized) ?? null;
}

/** A header that is no list, with its parameters; null where a quoted string has no end. */
export function parseParameterized(header: string): Parameterized | null {
  const parts = splitUnquoted(header, ';');
  if (parts === null) return null;
  const [value = '', ...params] = parts;
  return { value: unquote(value), params: params.map(parse) };
}

/** What the last parameter of that name says; null without one. */
export function paramOf({ params }: Parameterized, name: string): string | null {
  return params.findLast(([given]) => given === name)?.[1] ?? null;
}

function parse(param: string): [string, string] {
  const at = param.indexOf('=');
  if (at === -1) return [trimBlanks(param).toLowerCase(), ''];
  return [trimBlanks(param.slice(0, at)).toLowerCase(), unquote(param.slice(at + 1))];
}

/** Splits where the separator stands outside of quoted strings (RFC 9110 section 5.6.4). */
function splitUnquoted(text: string, separator: string): string[] | null {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (quoted && char === '\\') at++;
    else if (char === '"') quoted = !quoted;
    else if (char === separator && !quoted) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return quoted ? null : [...parts, text.slice(start)];
}

function unquote(text: string): string {
  const trimmed = trimBlanks(text);
  const quoted = trimmed.length >= 2 && trimmed.startsWith('"') && trimmed.endsWith('"');
  return quoted ? trimmed.slice(1, -1).replace(/\\(.)/g, '$1') : trimmed;
}
