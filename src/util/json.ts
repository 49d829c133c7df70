/** What a text in JSON says; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The same with numbers that `JSON.stringify` writes as they were written: other languages have some that are too long or
 * too large for this one. Where that is needed they are no numbers here, so it is for what is only passed on. `read` is what
 * `parseJson` gave, and is given back where there is no such number.
 */
export function parseExact(text: string, read: unknown): unknown {
  if (!UNUSUAL_NUMBER.test(text)) return read;
  try {
    return JSON.parse(text, keepNumber as typeof keepNumber & Reviver);
  } catch {
    return undefined;
  }
}

type Reviver = (this: unknown, key: string, value: unknown) => unknown;

/** What may hold a number that would come out in another way than it went in. */
const UNUSUAL_NUMBER = /\d{16}|\d[.eE]/;

function keepNumber(_key: string, value: unknown, { source }: { source: string }): unknown {
  return typeof value === 'number' && JSON.stringify(value) !== source ? rawJson(source) : value;
}

/** ES2026, and in V8 for long; TypeScript's library does not have it yet. */
const { rawJSON: rawJson } = JSON as unknown as { rawJSON(text: string): unknown };

/**
 * A value in JSON.
 *
 * @throws TypeError for what JSON can not say: `undefined`, functions, symbols, cycles, big integers
 */
export function stringifyJson(value: unknown): string {
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined) throw new TypeError(`JSON can not say ${String(value)}`);
  return json;
}
