/** The shape of what leads behind the router, `proxy` and `tunnel`, as schemas. */
import * as v from 'valibot';
import { isToken } from '../util/header-list.ts';
import { toHost } from '../util/host.ts';
import { isPublicAddress } from '../util/public-address.ts';
import { EnvironmentVariable } from './auth-schema.ts';
import { MAX_POOL, type ProxyTarget, type TunnelTarget } from './bridge.ts';
import { hostPortKey, urlKey } from './bridge-defaults.ts';
import type { Route } from './config.ts';
import { parseDialPattern } from './dial-pattern.ts';
import { parsePath } from './pattern.ts';
import { at, exact, HttpUrl, parsed, someOf, text, wholeNumber } from './schema-parts.ts';

/** What the router or the runtime writes, or what belongs to one connection (RFC 9110 section 7.6.1). */
const TAKEN_HEADER =
  /^(connection|content-length|forwarded|host|http2-settings|keep-alive|proxy-.*|sec-websocket-.*|te|trailer|transfer-encoding|upgrade|x-forwarded-.*)$/i;

const HeaderName = parsed((name) => {
  if (TAKEN_HEADER.test(name)) return 'is a header of the connection, or one that the router writes: choose another';
  return isToken(name) || 'must be the name of a header';
});
/** A header that tells an origin who asks it, and the environment variable that holds its value. */
export const SecretHeader = exact({ header: HeaderName, value: EnvironmentVariable });
const CookieName = parsed((name) => isToken(name) || 'must be the name of a cookie');
const QueryName = text('the name of a query parameter');

/** An object that has one of these keys, whatever else is wrong with it. */
function withOne(...keys: string[]) {
  return v.custom<object>(
    (input) => typeof input === 'object' && input !== null && keys.filter((key) => key in input).length === 1,
    `must have one of ${keys.map((key) => `"${key}"`).join(', ')}`,
  );
}

const HashKeySchema = v.lazy((input) =>
  typeof input === 'string'
    ? v.picklist(['path'])
    : v.pipe(
        withOne('header', 'cookie', 'query'),
        v.union([exact({ header: HeaderName }), exact({ cookie: CookieName }), exact({ query: QueryName })]),
      ),
);

const StickyKeySchema = v.lazy((input) =>
  typeof input === 'string' ? v.picklist(['address']) : exact({ cookie: CookieName, secret: EnvironmentVariable }),
);

const PolicySchema = v.lazy((input) => {
  if (typeof input !== 'object' || input === null) return v.picklist(['round_robin', 'random', 'least_conn']);
  const chosen = 'sticky' in input ? exact({ sticky: StickyKeySchema }) : exact({ hash: HashKeySchema });
  return v.pipe(withOne('hash', 'sticky'), chosen);
});

const POOL_OPTIONS = {
  policy: v.optional(PolicySchema),
  disableMs: v.optional(wholeNumber(1, MAX_POOL.disableMs)),
  maxConnections: v.optional(wholeNumber(1, MAX_POOL.maxConnections)),
  connectTimeoutMs: v.optional(wholeNumber(1, MAX_POOL.connectTimeoutMs)),
};

const Weight = v.optional(wholeNumber(0, MAX_POOL.weight));
/** Milliseconds that a timer takes; 0 for none. */
export const Timer = v.optional(wholeNumber(0, MAX_POOL.timerMs));

/** Upstreams that differ, one of them at least with a share. */
function pool<const S extends v.GenericSchema>(upstream: S, keyOf: (upstream: v.InferOutput<S>) => string) {
  return v.pipe(
    someOf(upstream),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const { value } = dataset;
      const keys = value.map(keyOf);
      for (const [key, item] of value.entries()) {
        const twin = keys.indexOf(keyOf(item));
        const message = `is also pool[${twin}]: give one of them the weight of both`;
        if (twin < key)
          addIssue({ message, path: [{ type: 'array', origin: 'value', input: value, key, value: item }] });
      }
      const isIdle = value.length > 0 && value.every((item) => (item as { weight?: number }).weight === 0);
      if (isIdle) addIssue({ message: 'has only upstreams of weight 0: give at least one of them a share' });
    }),
  );
}

const OriginUrl = v.pipe(
  HttpUrl,
  v.check((url) => !/[?#]/.test(url), "must not have a query or a fragment: those are the request's own"),
);

const ProxyUpstreamSchema = v.lazy((input) =>
  typeof input === 'string' ? OriginUrl : exact({ url: OriginUrl, weight: Weight }),
);

/** The head of a path: plain segments, of which only the last may be empty. */
const PathHead = parsed((path) => {
  const segments = parsePath(path);
  if (typeof segments === 'string') return segments;
  return segments.every(({ kind }) => kind === 'literal') || 'must be plain text, without parameters or "*"';
});

export const ProxySchema = v.pipe(
  exact({
    kind: v.literal('proxy'),
    pool: pool(ProxyUpstreamSchema, urlKey),
    ...POOL_OPTIONS,
    rewrite: v.optional(exact({ from: PathHead, to: PathHead })),
    secret: v.optional(SecretHeader),
    inspect: v.optional(v.boolean()),
    idleMs: Timer,
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.value.inspect) return;
    for (const { key, message } of uninspectedMistakes(dataset.value))
      addIssue({ message, path: [at(dataset.value, key)] });
  }),
) satisfies v.GenericSchema<unknown, ProxyTarget>;

/** What can't hold where nobody sees messages, nor the end of a connection. */
function uninspectedMistakes(target: Pick<ProxyTarget, 'policy' | 'maxConnections' | 'idleMs'>): KeyMistake[] {
  const blind = 'needs "inspect: true": without it nobody here learns when a connection ends';
  return [
    ...(target.policy === 'least_conn' ? [{ key: 'policy', message: blind }] : []),
    ...(target.maxConnections === undefined ? [] : [{ key: 'maxConnections', message: blind }]),
    ...(target.idleMs
      ? [{ key: 'idleMs', message: 'needs "inspect: true": without it nobody here sees whether messages come' }]
      : []),
  ];
}

interface KeyMistake {
  key: string;
  message: string;
}

const OF_RATE = /^(messagesPerSecond|messageBurst|bytesPerSecond|overRate)$/;
const OF_MESSAGES = /^(maxMessageBytes|messagesPerSecond|messageBurst|bytesPerSecond|overRate|maxBufferedBytes)$/;

/** What a route says in its `limits` that its proxy or tunnel can't hold. */
export function limitMistakes({ target, limits = {} }: Pick<Route, 'target' | 'limits'>): KeyMistake[] {
  if (target.kind !== 'proxy' && target.kind !== 'tunnel') return [];
  const isBlind = target.kind === 'proxy' && !target.inspect;
  const given = Object.entries(limits).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  return given.flatMap((key) => {
    if (key.startsWith('maxConnections'))
      return [{ key, message: `is counted by rooms, and a ${target.kind} has none: remove it` }];
    if (target.kind === 'tunnel' && OF_RATE.test(key))
      return [{ key, message: 'is not counted in a tunnel, whose messages are but pieces of a stream: remove it' }];
    if (!isBlind || !OF_MESSAGES.test(key)) return [];
    return [{ key, message: 'needs "inspect: true" in the target: without it nobody here sees messages' }];
  });
}

const DialHost = parsed(
  (host) =>
    toHost(host) ?? 'must be a host name, an IPv4 address as four numbers, or an IPv6 address, without scheme or port',
);

const DialPatterns = someOf(parsed(parseDialPattern));

const ChosenAddressSchema = v.pipe(
  exact({ secret: EnvironmentVariable, allow: DialPatterns, private: v.optional(v.boolean()) }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.value.private) return;
    const { allow } = dataset.value;
    for (const [key, value] of allow.entries()) {
      const message = 'is not a public address, so it needs "private: true"';
      if (isClosed(value))
        addIssue({
          message,
          path: [at(dataset.value, 'allow'), { type: 'array', origin: 'value', input: allow, key, value }],
        });
    }
  }),
);

function isClosed(text: string): boolean {
  const pattern = parseDialPattern(text);
  if (typeof pattern === 'string' || pattern.host === null) return false;
  const { wildcard, name } = pattern.host;
  return !isPublicAddress(wildcard ? `a.${name}` : name);
}

const ServerName = parsed((name) => toHost(name)?.kind === 'name' || 'must be a host name, such as "db.example.com"');

/** What is said of a pool that is not there. */
const OF_A_POOL = ['policy', 'disableMs', 'maxConnections'] as const;

export const TunnelSchema = v.pipe(
  exact({
    kind: v.literal('tunnel'),
    pool: v.optional(pool(exact({ host: DialHost, port: wholeNumber(1, 65_535), weight: Weight }), hostPortKey)),
    ...POOL_OPTIONS,
    to: v.optional(ChosenAddressSchema),
    frames: v.optional(v.picklist(['binary', 'text', 'mirror'])),
    tls: v.optional(v.lazy((input) => (typeof input === 'object' ? exact({ serverName: ServerName }) : v.boolean()))),
    proxyProtocol: v.optional(v.picklist([1, 2])),
    idleMs: Timer,
    lifetimeMs: Timer,
  }),
  v.check(
    ({ pool, to }) => (pool === undefined) !== (to === undefined),
    'must have one of "pool" and "to", and not both',
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.value.to === undefined) return;
    const { value } = dataset;
    for (const key of OF_A_POOL.filter((key) => value[key] !== undefined)) {
      const message = 'is about choosing from a pool, which a tunnel with "to" does not have: remove it';
      addIssue({ message, path: [at(value, key)] });
    }
  }),
) satisfies v.GenericSchema<unknown, TunnelTarget>;

/** Whether no path that a route takes has this head, segment by segment. */
export function missesPath(from: string, path: string): boolean {
  const [head, taken] = [parsePath(from), parsePath(path)];
  if (typeof head === 'string' || typeof taken === 'string') return false;
  const last = head.at(-1);
  // A slash at the end says nothing more: what follows is a segment of its own anyhow.
  const needed = last?.kind === 'literal' && last.text === '' ? head.slice(0, -1) : head;
  return needed.some((segment, index) => {
    if (taken.slice(0, index + 1).some(({ kind }) => kind === 'rest')) return false;
    const there = taken[index];
    return (
      there === undefined || (there.kind === 'literal' && segment.kind === 'literal' && there.text !== segment.text)
    );
  });
}
