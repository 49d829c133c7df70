/** What a text in JSON says; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

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
