import type { TokenFault } from '../../config/auth.ts';
import { DISCONNECTS } from '../../config/disconnects.ts';
import { grantsIn } from '../../config/permissions.ts';
import type { TokenVerifier } from '../../room/ports.ts';
import { type Call, expiry, knownOptions, verifyToken } from './call.ts';
import { CommandError } from './errors.ts';
import { enterChannel, FRESH } from './subscribe.ts';
import { type ConnectionToken, REFRESH_GRACE_MS, readConnectionToken } from './tokens.ts';

/** What this server calls itself. */
const VERSION = 'signalbox';

export function connect(call: Call<'connect'>): void | Promise<void> {
  const { hub, connection, params } = call;
  if (connection.record.greeted) throw new CommandError('badRequest');
  if (hub.tokens !== null && params.token !== '') return login(call, hub.tokens);
  if (hub.tokens?.required && connection.record.identity === null) throw new CommandError('unauthorized');
  greet(call, connection.record.expiresAt, []);
}

/** Takes a client for whom its token says it is. */
async function login(call: Call<'connect'>, tokens: TokenVerifier): Promise<void> {
  const token = await readToken(call);
  if (token === 'expired') throw new CommandError('tokenExpired');
  if (typeof token === 'string') return refuse(call, token);
  const { hub, connection } = call;
  const { userId, claims, expiresAt } = token;
  const grants = grantsOf(call, tokens, token);
  if (!hub.identify(connection, { identity: { userId, claims }, grants, expiresAt }))
    return hub.disconnect(connection, DISCONNECTS.connectionLimit);
  greet(call, expiresAt, token.channels);
}

/** What the edge has granted already is not taken back. */
function grantsOf({ hub, connection: { record } }: Call<'connect'>, tokens: TokenVerifier, token: ConnectionToken) {
  return record.identity ? record.grants : (grantsIn(token.permissions ?? tokens.permissions, hub.room) ?? []);
}

/** The token of a call, where it is good here and not another user's. */
async function readToken(call: Call<'connect' | 'refresh'>): Promise<ConnectionToken | TokenFault> {
  const statement = await verifyToken(call, call.params.token);
  const token = typeof statement === 'string' ? statement : readConnectionToken(statement);
  const known = call.connection.record.identity;
  if (typeof token === 'string' || known === null || known.userId === token.userId) return token;
  return 'invalid';
}

/** Where nobody can tell right now the client may ask again; a token that is no good at all costs the connection. */
function refuse({ hub, connection }: Call<'connect' | 'refresh'>, fault: Exclude<TokenFault, 'expired'>): void {
  if (fault === 'unavailable') throw new CommandError('internal');
  hub.disconnect(connection, DISCONNECTS.invalidToken);
}

/** Says hello: from here on the client may do everything else. */
function greet(call: Call<'connect'>, expiresAt: number | null, channels: ConnectionToken['channels']): void {
  const { hub, connection, id, params, replies } = call;
  for (const { channel } of channels) knownOptions(hub, channel);
  const subs = channels.map(({ channel, info }) => {
    const result = enterChannel(call, { ...FRESH, ...params.subs[channel], channel }, { serverSide: true, info });
    return `${JSON.stringify(channel)}:${result}`;
  });
  connection.record.greeted = true;
  // Somebody who can show a new token is given the time to.
  if (hub.tokens && expiresAt !== null) hub.prolong(connection, expiresAt + REFRESH_GRACE_MS);
  else hub.remember(connection);
  const told = hub.tokens ? expiry(expiresAt, hub.now()) : {};
  // No `ping`: the client then waits for none, and a room need not wake up to send them.
  const fields = JSON.stringify({ client: connection.record.id, version: VERSION, ...told });
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
  hub.prolong(connection, expiresAt === null ? null : expiresAt + REFRESH_GRACE_MS);
  const told = { client: connection.record.id, version: VERSION, ...expiry(expiresAt, hub.now()) };
  replies.result(id, 'refresh', JSON.stringify(told));
}
