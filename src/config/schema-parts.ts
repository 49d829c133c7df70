/** What the schemas of the route table are made of. */
import * as v from 'valibot';

/** An object with these keys and no others. Each key that is not known is a mistake of its own, beside those in the rest. */
export function exact<const E extends v.ObjectEntries>(entries: E) {
  return v.pipe(
    v.looseObject(entries),
    v.rawCheck(({ dataset: { value }, addIssue }) => {
      // Also where a known key holds something wrong. What is no object at all has been reported already.
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
      for (const key of Object.keys(value).filter((key) => !Object.hasOwn(entries, key))) {
        const message = 'is not a key that is known here: correct its spelling or remove it';
        addIssue({ message, path: [at(value, key)] });
      }
    }),
  );
}

/** Where an issue is, for those that a check reports by itself. */
export function at(input: object, key: string): v.ObjectPathItem {
  const record = input as Record<string, unknown>;
  return { type: 'object', origin: 'value', input: record, key, value: record[key] };
}

/** A string that a parser takes; the parser's own sentence is the message where it doesn't. */
export function parsed(parse: (text: string) => unknown) {
  return v.pipe(
    v.string(),
    v.rawCheck(({ dataset, addIssue }) => {
      const result = dataset.typed ? parse(dataset.value) : undefined;
      if (typeof result === 'string') addIssue({ message: result });
    }),
  );
}

export function text(what: string) {
  return v.pipe(v.string(), v.nonEmpty(`must not be empty: write ${what}`));
}

export function someOf<const S extends v.GenericSchema>(item: S) {
  return v.pipe(v.array(item), v.minLength(1, 'must not be empty'));
}

export function wholeNumber(min: number, max: number) {
  return v.pipe(
    v.number(),
    v.check(
      (value) => Number.isInteger(value) && value >= min && value <= max,
      `must be a whole number from ${min} to ${max}`,
    ),
  );
}

export const HttpUrl = parsed((url) => {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.username + parsed.password === '') return parsed;
  return 'must be an http: or https: URL without a user or password, such as "https://a.example"';
});

export const HttpOrigin = parsed((origin) => {
  const url = URL.canParse(origin) ? new URL(origin) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url;
  return 'must be an http: or https: origin without a path, such as "https://www.example.com"';
});
