/** The shape of a room in the route table, and of what else has channels. */
import * as v from 'valibot';
import { CONTROL_CHARACTER, utf8Length } from '../util/text.ts';
import { EnvironmentVariable, MemberTokensSchema } from './auth-schema.ts';
import { MAX_HISTORY } from './channels.ts';
import { ROOM_PROTOCOLS, type RoomTarget } from './config.ts';
import { MAX_ROOM_NAME_BYTES } from './limits.ts';
import { templateParams } from './pattern.ts';
import { RoomOriginSchema } from './room-origin-schema.ts';
import { at, exact, parsed, someOf, text, wholeNumber } from './schema-parts.ts';

export const RoomName = parsed((room) => {
  if (room === '') return 'must not be empty: write a name, or a ":param" of the path';
  if (utf8Length(room) > MAX_ROOM_NAME_BYTES) return `must be at most ${MAX_ROOM_NAME_BYTES} bytes of UTF-8`;
  if (CONTROL_CHARACTER.test(room) || !room.isWellFormed()) return 'must be text without control characters';
  // What two parameters hold could otherwise be told apart in more than one way: `:a-:b` of `x-y-z`.
  const crowded = room.split('/').some((segment) => templateParams(segment).length > 1);
  return crowded ? 'has two parameters that only "/" keeps apart: write it between them' : true;
});

const ChannelOptionsSchema = exact({
  historySize: v.optional(wholeNumber(0, MAX_HISTORY.size)),
  historyTtl: v.optional(wholeNumber(1, MAX_HISTORY.ttl)),
  forceRecovery: v.optional(v.boolean()),
  recoveryMode: v.optional(v.picklist(['stream', 'cache'])),
  presence: v.optional(v.boolean()),
  joinLeave: v.optional(v.boolean()),
  forcePushJoinLeave: v.optional(v.boolean()),
  delta: v.optional(v.boolean()),
  subscribe: v.optional(v.picklist(['members', 'token'])),
  publish: v.optional(v.picklist(['members', 'subscribers', 'api'])),
});

const NamespaceName = parsed((name) => {
  if (name.includes(':')) return 'can not hold a ":": a namespace is what stands before the first one';
  return /^(__proto__|constructor|prototype)$/.test(name) ? 'is a name that can not be used: choose another' : true;
});

const NamespacesSchema = v.pipe(
  v.custom<Record<string, unknown>>(
    (input) => typeof input === 'object' && input !== null && !Array.isArray(input),
    ({ received }) => `must be Object, not ${received}`,
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const name of Object.keys(dataset.value)) {
      const [issue] = v.safeParse(NamespaceName, name).issues ?? [];
      if (issue) addIssue({ message: issue.message, path: [at(dataset.value, name)] });
    }
  }),
  v.record(v.string(), ChannelOptionsSchema),
);

/** A list of protocols, each of them once. */
export function protocolsOf<const N extends readonly string[]>(known: N) {
  return v.pipe(
    someOf(v.picklist(known)),
    v.check((names) => new Set(names).size === names.length, 'must not name a protocol twice'),
  );
}

/** What all that has channels may say of them. */
export const CHANNEL_ENTRIES = {
  namespaces: v.optional(NamespacesSchema),
  tokens: v.optional(MemberTokensSchema),
  api: v.optional(EnvironmentVariable),
};

export const RoomSchema = exact({
  kind: v.literal('room'),
  room: RoomName,
  protocols: v.optional(protocolsOf(ROOM_PROTOCOLS)),
  echo: v.optional(v.boolean()),
  ...CHANNEL_ENTRIES,
  plugin: v.optional(text('the name of a plug-in, or leave it out')),
  origin: v.optional(RoomOriginSchema),
});

type Channels = Pick<RoomTarget, 'namespaces' | 'tokens' | 'protocols'>;

/** What a room says of tokens that can't be meant. */
export function tokenMistakes(
  { tokens, namespaces = {}, protocols = ['raw'] }: Channels,
  hasAuth: boolean,
): { key: keyof Channels; message: string }[] {
  const asked = Object.values(namespaces).some(({ subscribe }) => subscribe === 'token');
  if (tokens === undefined) {
    const message = 'has channels that want subscription tokens, so the room needs "tokens" that say which are good';
    return asked ? [{ key: 'namespaces', message }] : [];
  }
  if (!protocols.includes('centrifugo')) {
    return [{ key: 'tokens', message: 'are what Centrifugo\'s clients show: name "centrifugo" in "protocols"' }];
  }
  // Who may not come in without a token could come in by the door that asks for none.
  const open = tokens.required !== false && !hasAuth && protocols.some((name) => name !== 'centrifugo');
  const message =
    'are required, but clients of the other protocols have none to show: give the route "auth", or a route of their own to these protocols';
  return open ? [{ key: 'tokens', message }] : [];
}
