import * as v from 'valibot';
import type { SpokenProtocol } from '../../config/config.ts';
import { DISCONNECTS } from '../../config/disconnects.ts';
import type { Connection } from '../../room/connection.ts';
import type { Hub } from '../../room/hub.ts';
import type { Draft, Publication } from '../../room/publication.ts';
import { fromBase64 } from '../../util/base64.ts';
import { matchesPattern } from '../../util/glob.ts';
import { parseExact, parseJson, stringifyJson } from '../../util/json.ts';
import { expiry, knownOptions } from './call.ts';
import { Channel, ChannelOnly, COMMANDS, encodeRefreshPush, encodeSubscribePush } from './codec.ts';
import { checkHistory, presentOn, readPage } from './commands.ts';
import { CommandError, REPLY_ERRORS } from './errors.ts';
import { enterChannel, FRESH, withPublications } from './subscribe.ts';
import { withGrace } from './tokens.ts';
import { presenceOf, statsOf, userOf } from './who.ts';

/** Channels that one call may name, and commands in a batch. */
const MAX_CHANNELS = 1000;
/** Characters of an idempotency key: as many as of a channel's name. Centrifugo itself has no limit. */
const MAX_KEY = 255;

const Data = {
  data: v.optional(v.unknown()),
  b64data: v.optional(v.pipe(v.string(), v.base64())),
  tags: v.optional(v.record(v.string(), v.string())),
  idempotency_key: v.optional(v.pipe(v.string(), v.maxLength(MAX_KEY)), ''),
  skip_history: v.optional(v.boolean(), false),
};

/** Seconds since 1970; 0 for no end, as where it is missing. */
const UnixTime = v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), 0);

const PARAMS = {
  publish: v.object({ channel: Channel, ...Data }),
  broadcast: v.object({ channels: v.pipe(v.array(Channel), v.maxLength(MAX_CHANNELS)), ...Data }),
  presence: ChannelOnly,
  presence_stats: ChannelOnly,
  history: COMMANDS.history,
  history_remove: ChannelOnly,
  channels: v.object({ pattern: v.optional(v.string(), '') }),
  info: v.object({}),
  disconnect: v.object({
    user: v.optional(v.string()),
    client: v.optional(v.string()),
    whitelist: v.optional(v.array(v.string()), []),
  }),
  subscribe: v.object({
    user: v.string(),
    client: v.optional(v.string()),
    channel: Channel,
    info: v.optional(v.unknown()),
    expire_at: UnixTime,
    recover_since: v.optional(v.object({ offset: COMMANDS.subscribe.entries.offset, epoch: v.string() })),
  }),
  unsubscribe: v.object({ user: v.string(), client: v.optional(v.string()), channel: v.optional(Channel) }),
  refresh: v.object({
    user: v.string(),
    client: v.optional(v.string()),
    expired: v.optional(v.boolean(), false),
    expire_at: UnixTime,
  }),
  batch: v.object({ commands: v.pipe(v.array(v.record(v.string(), v.unknown())), v.maxLength(MAX_CHANNELS)) }),
};

type Method = keyof typeof PARAMS;
type Params<M extends Method> = v.InferOutput<(typeof PARAMS)[M]>;
/** What is to be JSON, or is already: what was published is passed on as it was written. */
type Result = object | string;

/** Parameters as they are read here, and with numbers as they were written. */
interface Given {
  read: unknown;
  exact: unknown;
}

const HANDLERS: { [M in Method]: (hub: Hub, params: Params<M>, exact: unknown) => Result | Promise<Result> } = {
  publish: (hub, { channel, ...given }, exact) => publish(hub, channel, draftOf(given, exact), given),
  async broadcast(hub, { channels, ...given }, exact) {
    const draft = draftOf(given, exact);
    const responses = channels.map((channel) => replyOf(() => publish(hub, channel, draft, given)));
    return `{"responses":[${(await Promise.all(responses)).join(',')}]}`;
  },
  presence: (hub, { channel }) => presenceOf(channel, presentOn(hub, channel)),
  presence_stats: (hub, { channel }) => statsOf(presentOn(hub, channel)),
  history(hub, params) {
    const { found, position } = readPage(hub, params);
    return withPublications(found, position);
  },
  history_remove(hub, { channel }) {
    checkHistory(hub, channel);
    hub.history.clear(channel);
    return {};
  },
  channels(hub, { pattern }) {
    const found = hub.channels.filter(({ name }) => pattern === '' || matchesPattern(pattern, name));
    return { channels: Object.fromEntries(found.map(({ name, size }) => [name, { num_clients: size }])) };
  },
  info: (hub) => ({
    nodes: [{ name: 'room', version: 'signalbox', num_clients: hub.size, num_channels: hub.channels.length }],
  }),
  disconnect(hub, { user, client, whitelist }) {
    if (!user && client === undefined) throw new CommandError('badRequest');
    const found = hub.find(client === undefined ? { userId: user } : { connectionId: client });
    const meant = found.filter((connection) => user === undefined || userOf(connection) === user);
    const others = meant.filter(({ record }) => !whitelist.includes(record.id));
    for (const connection of others) hub.disconnect(connection, DISCONNECTS.forceDisconnect);
    return {};
  },
  subscribe(hub, { channel, expire_at, recover_since: since, ...given }) {
    knownOptions(hub, channel);
    const more = { serverSide: true, info: given.info, expiresAt: endOf(expire_at) ?? undefined } as const;
    const wanted = { ...FRESH, ...since, recover: since !== undefined, channel };
    const others = membersMeant(hub, given).filter((connection) => !hub.isSubscribed(connection, channel));
    forEach(others, (connection) => {
      hub.send(connection, encodeSubscribePush(channel, enterChannel({ hub, connection }, wanted, more)));
    });
    return {};
  },
  unsubscribe(hub, { channel, ...given }) {
    for (const connection of membersMeant(hub, given, ['centrifugo', 'sse'])) hub.removeFrom(connection, channel);
    return {};
  },
  refresh(hub, { expired, expire_at, ...given }) {
    for (const connection of membersMeant(hub, given)) {
      if (expired) hub.disconnect(connection, DISCONNECTS.expired);
      else prolong(hub, connection, endOf(expire_at));
    }
    return {};
  },
  async batch(hub, { commands }, exact) {
    const replies: string[] = [];
    for (const [index, command] of commands.entries()) {
      const [[method, read] = ['', undefined]] = Object.entries(command);
      replies.push(
        await answer(hub, method, { read, exact: partOf(partOf(partOf(exact, 'commands'), index), method) }),
      );
    }
    return `{"replies":[${replies.join(',')}]}`;
  },
};

/**
 * Does one call of Centrifugo's server API (https://centrifugal.dev/docs/server/server_api).
 *
 * It speaks for the application: it may publish and look at everything, whatever members may. `params` and what is
 * resolved with are JSON.
 */
export function callServerApi(hub: Hub, method: string, params: string): Promise<string> {
  const read = parseJson(params);
  return answer(hub, method, { read, exact: parseExact(params, read) });
}

function answer(hub: Hub, method: string, given: Given): Promise<string> {
  return replyOf(() => {
    if (!Object.hasOwn(HANDLERS, method)) throw new CommandError('methodNotFound');
    return run(hub, method as Method, given);
  });
}

function run<M extends Method>(hub: Hub, method: M, { read, exact }: Given): Result | Promise<Result> {
  const checked = v.safeParse(PARAMS[method], read);
  if (!checked.success) throw new CommandError('badRequest');
  return HANDLERS[method](hub, checked.output as Params<M>, exact);
}

/** What a call is answered with, in JSON. */
async function replyOf(run: () => Result | Promise<Result>): Promise<string> {
  try {
    const result = await run();
    return `{"result":${typeof result === 'string' ? result : JSON.stringify(result)}}`;
  } catch (error) {
    if (!(error instanceof CommandError)) console.error('A call of the server API failed:', error);
    return JSON.stringify({ error: error instanceof CommandError ? error.reply : REPLY_ERRORS.internal });
  }
}

function partOf(whole: unknown, key: string | number): unknown {
  return (whole as Record<string | number, unknown> | undefined)?.[key];
}

/** The members that a call means, of those that have said hello. Nobody in particular is no user to mean. */
function membersMeant(
  hub: Hub,
  { user, client }: { user: string; client?: string },
  protocols: readonly SpokenProtocol[] = ['centrifugo'],
): Connection[] {
  if (user === '' && client === undefined) throw new CommandError('badRequest');
  const found = hub.find(client === undefined ? { userId: user } : { connectionId: client });
  return found.filter((connection) => {
    const { protocol, greeted } = connection.record;
    return protocols.includes(protocol) && greeted && userOf(connection) === user;
  });
}

/** Does something for each of them. What goes wrong for one is thrown when it is done for the others. */
function forEach(members: readonly Connection[], act: (connection: Connection) => void): void {
  const failures = members.flatMap((connection) => {
    try {
      act(connection);
      return [];
    } catch (error) {
      return [error];
    }
  });
  if (failures.length > 0) throw failures[0];
}

/** Milliseconds since 1970; null for no end. */
function endOf(seconds: number): number | null {
  return seconds === 0 ? null : seconds * 1000;
}

function prolong(hub: Hub, connection: Connection, expiresAt: number | null): void {
  // A client that can show a new token is told to, and given the time.
  hub.prolong(connection, hub.tokens === null ? expiresAt : withGrace(expiresAt));
  hub.send(connection, encodeRefreshPush(expiry(expiresAt, hub.now())));
}

/** How something is published, as `publish` and `broadcast` say it. */
type How = Pick<Params<'publish'>, 'idempotency_key' | 'skip_history'>;

/** Resolves once the publication is written, where it is kept. An empty key is none. */
function publish(hub: Hub, channel: string, draft: Draft, how: How): Promise<object> {
  knownOptions(hub, channel);
  const { idempotency_key: key, skip_history: skipHistory } = how;
  return new Promise((resolve, reject) => {
    const onPublished = (published: Pick<Publication, 'offset'> | null) => {
      if (published === null) reject(new CommandError('internal'));
      else if (published.offset === 0) resolve({});
      // A stream outlasts the keys of what is published on it, so its epoch is still that of the first time, unless the table
      // said in between that its channel keeps nothing.
      else resolve({ offset: published.offset, epoch: hub.position(channel).epoch });
    };
    hub.publish(channel, draft, null, onPublished, { key: key || null, skipHistory });
  });
}

function draftOf({ data, b64data, tags }: Pick<Params<'publish'>, keyof typeof Data>, exact: unknown): Draft {
  if ((data === undefined) === (b64data === undefined)) throw new CommandError('badRequest');
  const common = { publisher: null, tags: tags ?? null };
  if (b64data === undefined) return { ...common, data: stringifyJson(partOf(exact, 'data')), json: true };
  const bytes = fromBase64(b64data);
  if (bytes === null) throw new CommandError('badRequest');
  return { ...common, data: bytes.buffer, json: false };
}
