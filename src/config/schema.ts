/** The shape of a route table, as a schema: everything that can be said of one value by itself. */
import * as v from 'valibot';
import { isToken } from '../util/header-list.ts';
import { utf8Length } from '../util/text.ts';
import { type Fallback, PAGES, ROOM_PROTOCOLS, type Route } from './config.ts';
import { MAX_LIMITS, MAX_ROOM_NAME_BYTES } from './limits.ts';
import { paramNames, parseHost, parseOriginPattern, parsePath, templateParams } from './pattern.ts';

/** A string that a parser takes; the parser's own sentence is the message where it doesn't. */
function parsed(parse: (text: string) => unknown) {
  return v.pipe(
    v.string(),
    v.rawCheck(({ dataset, addIssue }) => {
      const result = dataset.typed ? parse(dataset.value) : undefined;
      if (typeof result === 'string') addIssue({ message: result });
    }),
  );
}

function text(what: string) {
  return v.pipe(v.string(), v.nonEmpty(`must not be empty: write ${what}`));
}

function someOf<const S extends v.GenericSchema>(item: S) {
  return v.pipe(v.array(item), v.minLength(1, 'must not be empty'));
}

function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return v.pipe(v.number(), v.integer(message), v.minValue(min, message), v.maxValue(max, message));
}

const HttpUrl = parsed((url) => {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return new URL(url);
  return 'must be an http: or https: URL, such as "https://a.example"';
});

const HttpOrigin = parsed((origin) => {
  const url = URL.canParse(origin) ? new URL(origin) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url;
  return 'must be an http: or https: origin without a path, such as "https://www.example.com"';
});

const Target = v.variant('kind', [
  v.strictObject({
    kind: v.literal('room'),
    room: v.pipe(
      text('a name, or a ":param" of the path'),
      v.check(
        (room) => utf8Length(room) <= MAX_ROOM_NAME_BYTES,
        `must be at most ${MAX_ROOM_NAME_BYTES} bytes of UTF-8`,
      ),
    ),
    protocols: v.optional(someOf(v.picklist(ROOM_PROTOCOLS))),
    echo: v.optional(v.boolean()),
  }),
  v.strictObject({ kind: v.literal('proxy'), pool: someOf(HttpUrl) }),
  v.strictObject({
    kind: v.literal('tunnel'),
    pool: someOf(v.strictObject({ host: text('a host name or an address'), port: wholeNumber(1, 65_535) })),
  }),
  v.strictObject({ kind: v.literal('grip'), url: HttpUrl }),
  v.strictObject({ kind: v.literal('page'), page: v.picklist(PAGES) }),
]);

const AllowedOrigins = v.lazy((input) =>
  Array.isArray(input) ? v.array(parsed(parseOriginPattern)) : v.picklist(['same', 'any']),
);

const Origins = v.lazy((input) =>
  typeof input === 'object' && input !== null && !Array.isArray(input)
    ? v.strictObject({ allow: AllowedOrigins, missing: v.optional(v.picklist(['allow', 'deny'])) })
    : AllowedOrigins,
);

const Protocols = v.pipe(
  someOf(parsed((name) => isToken(name) || "must be a token: letters, digits and !#$%&'*+-.^_`|~")),
  v.check((names) => new Set(names).size === names.length, 'must not name a subprotocol twice'),
);

const LimitsSchema = v.pipe(
  v.strictObject({
    maxMessageBytes: v.optional(wholeNumber(1, MAX_LIMITS.maxMessageBytes)),
    messagesPerSecond: v.optional(wholeNumber(1, MAX_LIMITS.messagesPerSecond)),
    messageBurst: v.optional(wholeNumber(1, MAX_LIMITS.messageBurst)),
    overRate: v.optional(v.picklist(['close', 'drop'])),
    maxConnections: v.optional(wholeNumber(1, MAX_LIMITS.maxConnections)),
    maxBufferedBytes: v.optional(wholeNumber(1, MAX_LIMITS.maxBufferedBytes)),
    upgradesPerMinute: v.optional(wholeNumber(1, MAX_LIMITS.upgradesPerMinute)),
  }),
);

/** One route: `Route`, checked. */
export const RouteSchema: v.GenericSchema<unknown, Route> = v.pipe(
  v.strictObject({
    name: v.optional(text('a name, or leave it out')),
    host: v.optional(parsed(parseHost)),
    path: parsed(parsePath),
    target: Target,
    origins: v.optional(Origins),
    protocols: v.optional(Protocols),
    limits: v.optional(LimitsSchema),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.value.target.kind !== 'room') return;
    const { path, target } = dataset.value;
    const segments = parsePath(path);
    const known = typeof segments === 'string' ? [] : paramNames(segments);
    const unknown = templateParams(target.room).find((name) => !known.includes(name));
    if (unknown === undefined || typeof segments === 'string') return;
    const message = `takes ":${unknown}" from the path, which has no such parameter: add it there or correct the name`;
    addIssue({ message, path: [objectKey(dataset.value, 'target'), objectKey(target, 'room')] });
  }),
);

function objectKey<T extends object>(input: T, key: keyof T & string): v.ObjectPathItem {
  return { type: 'object', origin: 'value', input: input as Record<string, unknown>, key, value: input[key] };
}

const FallbackSchema: v.GenericSchema<unknown, Fallback> = v.variant('kind', [
  v.strictObject({ kind: v.literal('http'), origin: HttpOrigin }),
  v.strictObject({ kind: v.literal('none') }),
]);

/** The table around its routes, which are checked one by one: a mistake in one must not hide those in another. */
export const TableSchema = v.strictObject({
  routes: v.pipe(v.array(v.unknown()), v.minLength(1, 'must not be empty: write at least one route')),
  fallback: v.optional(FallbackSchema),
});
