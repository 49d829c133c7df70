import type { TokenFault } from '../../config/auth.ts';
import { DISCONNECTS } from '../../config/disconnects.ts';
import { MAX_IDENTITY_BYTES } from '../../config/limits.ts';
import { grantsIn } from '../../config/permissions.ts';
import type { Connection } from '../../room/connection.ts';
import type { Known } from '../../room/hub.ts';
import type { TokenVerifier } from '../../room/ports.ts';
import { utf8Length } from '../../util/text.ts';
import { KEEP_ALIVE_SECONDS } from '../framing.ts';
import { type Call, expiry, verifyToken } from './call.ts';
import { CommandError } from './errors.ts';
import { checkServerSide, enterChannel, FRESH } from './subscribe.ts';
import { type ConnectionToken, readConnectionToken, withGrace } from './tokens.ts';
import { userOf } from './who.ts';

/** What this server calls itself. */
const VERSION = 'signalbox';

export function connect(call: Call<'connect'>): void | Promise<void> {
  const { hub, connection, params } = call;
  if (connection.record.greeted) throw new CommandError('badRequest');
  if (hub.tokens !== null && params.token !== '') return login(call, hub.tokens);
  if (hub.tokens?.required && connection.record.identity === null) throw new CommandError('unauthorized');
  // Who shows no token has none to show later, so it is not told when to.
  greet(call, null, []);
}

/** Takes a client for whom its token says it is. */
async function login(call: Call<'connect'>, tokens: TokenVerifier): Promise<void> {
  const token = await readToken(call);
  if (token === 'expired') throw new CommandError('tokenExpired');
  if (typeof token === 'string') return refuse(call, token);
  const { hub, connection } = call;
  const known = knownBy(call, tokens, token);
  if (utf8Length(JSON.stringify([known.identity, known.grants])) > MAX_IDENTITY_BYTES) return refuse(call, 'invalid');
  // All or nothing: a client that is refused must not be somebody already, or be on half of its channels.
  checkServerSide(call, token.channels);
  if (!hub.identify(connection, known)) return hub.disconnect(connection, DISCONNECTS.connectionLimit);
  greet(call, token.expiresAt, token.channels);
}

/** What a token says of a client: from then on it counts instead of what the edge knew, but for what that has granted. */
function knownBy(
  { hub, connection: { record } }: Call<'connect'>,
  tokens: TokenVerifier,
  token: ConnectionToken,
): Known {
  const { userId, claims, permissions = tokens.permissions } = token;
  const grants = record.identity ? record.grants : (grantsIn(permissions, hub.room) ?? []);
  return { identity: { userId, claims }, grants, expiresAt: withGrace(token.expiresAt) };
}

/** The token of a call, where it is good here and not another user's. */
async function readToken(call: Call<'connect' | 'refresh'>): Promise<ConnectionToken | TokenFault> {
  const statement = await verifyToken(call, call.params.token);
  const token = typeof statement === 'string' ? statement : readConnectionToken(statement);
  return typeof token === 'string' || mayBe(call.connection, token.userId) ? token : 'invalid';
}

/** Whether a member may turn out to be that user: anybody, as long as nobody has said who it is. */
function mayBe(connection: Connection, userId: string): boolean {
  const { greeted, identity } = connection.record;
  return userOf(connection) === userId || (!greeted && identity === null);
}

/** Where nobody can tell right now the client may ask again; a token that is no good at all costs the connection. */
function refuse({ hub, connection }: Call<'connect' | 'refresh'>, fault: Exclude<TokenFault, 'expired'>): void {
  if (fault === 'unavailable') throw new CommandError('internal');
  hub.disconnect(connection, DISCONNECTS.invalidToken);
}

/** Says hello: from here on the client may do everything else. It is told when the token expires that it has shown. */
function greet(call: Call<'connect'>, expiresAt: number | null, channels: ConnectionToken['channels']): void {
  const { hub, connection, id, params, replies } = call;
  const subs = channels.map(({ channel, info }) => {
    const result = enterChannel(call, { ...FRESH, ...params.subs[channel], channel }, { serverSide: true, info });
    return `${JSON.stringify(channel)}:${result}`;
  });
  connection.record.greeted = true;
  hub.remember(connection);
  const { id: client, session } = connection.record;
  const told = expiry(expiresAt, hub.now());
  // Without `ping` the client waits for none, and a room need not wake up to send them. A stream's come from the edge.
  const stream = session === undefined ? {} : { session, node: VERSION, ping: KEEP_ALIVE_SECONDS };
  const fields = JSON.stringify({ client, version: VERSION, ...told, ...stream });
  replies.result(id, 'connect', subs.length === 0 ? fields : `${fields.slice(0, -1)},"subs":{${subs.join(',')}}}`);
}

export function refresh(call: Call<'refresh'>): Promise<void> {
  if (call.hub.tokens === null) throw new CommandError('notAvailable');
  if (call.params.token === '') throw new CommandError('badRequest');
  return prolong(call);
}

async function prolong(call: Call<'refresh'>): Promise<void> {
  const token = await readToken(call);
  const { hub, connection, id, replies } = call;
  // The client then comes back, and gets itself another one to connect with.
  if (token === 'expired') return hub.disconnect(connection, DISCONNECTS.expired);
  if (typeof token === 'string') return refuse(call, token);
  const { expiresAt } = token;
  hub.prolong(connection, withGrace(expiresAt));
  const told = { client: connection.record.id, version: VERSION, ...expiry(expiresAt, hub.now()) };
  replies.result(id, 'refresh', JSON.stringify(told));
}
