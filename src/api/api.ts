import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import * as v from 'valibot';
import { bearerToken } from '../auth/credential.ts';
import { mintTicket } from '../auth/ticket.ts';
import { ACTIONS } from '../config/auth.ts';
import type { ApiTarget } from '../config/config.ts';
import { DISCONNECTS } from '../config/disconnects.ts';
import { Rejected } from '../config/errors.ts';
import { canonicalName } from '../config/permissions.ts';
import type { RoomRpc, Rooms } from '../platform/stub.ts';
import { refuse, toInternalError, toResponse } from '../upgrade/reject.ts';
import { isKeyOf } from '../util/keys.ts';
import { utf8Length } from '../util/text.ts';

/** What the API asks of the deployment. */
export interface ApiPort {
  rooms: Rooms;
  /** @throws MissingSecret */
  secret(name: string): string;
}

const MAX_BODY_BYTES = 64 * 1024;
/** So much fits into what a room keeps of a connection, beside everything else. */
const MAX_CLAIMS_BYTES = 4096;
/** A ticket is for the moment in which a page connects. */
const MAX_TICKET_SECONDS = 24 * 60 * 60;

const Text = v.pipe(v.string(), v.nonEmpty(), v.maxLength(256));
const Seconds = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(max));

const Claims = v.pipe(
  v.record(v.string(), v.unknown()),
  v.check(
    (claims) => utf8Length(JSON.stringify(claims)) <= MAX_CLAIMS_BYTES,
    `must be at most ${MAX_CLAIMS_BYTES} bytes of JSON`,
  ),
);

const TicketBody = v.pipe(
  v.strictObject({
    room: v.optional(Text),
    rooms: v.optional(Text),
    userId: Text,
    allow: v.optional(v.array(v.picklist(ACTIONS)), [...ACTIONS]),
    channel: v.optional(Text, '*'),
    claims: v.optional(Claims),
    expiresIn: v.optional(Seconds(MAX_TICKET_SECONDS), 60),
    connectionExpiresIn: v.optional(Seconds(365 * MAX_TICKET_SECONDS)),
  }),
  v.check(
    ({ room, rooms }) => (room === undefined) !== (rooms === undefined),
    'must have one of "room" and "rooms", and not both',
  ),
);

const DisconnectBody = v.pipe(
  v.strictObject({
    userId: v.optional(Text),
    connectionId: v.optional(Text),
    reconnect: v.optional(v.boolean(), false),
  }),
  v.check(
    ({ userId, connectionId }) => (userId === undefined) !== (connectionId === undefined),
    'must have one of "userId" and "connectionId", and not both',
  ),
);

/** The router's HTTP API below `base`, such as `/admin`. docs/api.md lists its calls. */
export function createApi(base: string, { keys, tickets }: ApiTarget): Hono<{ Bindings: ApiPort }> {
  const api = new Hono<{ Bindings: ApiPort }>().basePath(base);

  api.use(async ({ req, env }, next) => {
    const key = bearerToken(req.header('Authorization') ?? null);
    const known = key !== null && (await isKeyOf(env.secret(keys), key));
    return known ? next() : refuse('ERR_API_KEY', { 'WWW-Authenticate': 'Bearer' });
  });
  api.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: () => refuse('ERR_API_BODY_TOO_LARGE') }));

  api.post('/tickets', async ({ req, env, json }) => {
    if (tickets === undefined) return refuse('ERR_API_NOT_FOUND');
    const body = await parseBody(TicketBody, req.raw);
    if (body instanceof Response) return body;
    const { room, rooms, channel, allow, ...order } = body;
    const permission = { room: room === undefined ? rooms : canonicalName(room), channel, allow };
    return json(await mintTicket({ ...order, permissions: [permission] }, env.secret(tickets), Date.now()), 201);
  });

  api.get('/rooms/:room/connections', async ({ req, env, json }) => {
    return json({ connections: await roomOf(env, req.param('room')).list() });
  });

  api.post('/rooms/:room/disconnect', async ({ req, env, json }) => {
    const body = await parseBody(DisconnectBody, req.raw);
    if (body instanceof Response) return body;
    const { reconnect, ...who } = body;
    const disconnect = reconnect ? DISCONNECTS.forceReconnect : DISCONNECTS.forceDisconnect;
    return json({ disconnected: await roomOf(env, req.param('room')).disconnect(who, disconnect) });
  });

  api.onError(toInternalError);
  api.notFound(() => refuse('ERR_API_NOT_FOUND'));
  return api;
}

function roomOf({ rooms }: ApiPort, name: string): DurableObjectStub<RoomRpc> {
  return rooms.getByName(canonicalName(name));
}

/** The body, or the refusal of one that is not as `schema` says, with what is wrong with it. */
async function parseBody<const S extends v.GenericSchema>(
  schema: S,
  request: Request,
): Promise<v.InferOutput<S> | Response> {
  const result = v.safeParse(schema, await request.json().catch(() => undefined));
  if (result.success) return result.output;
  const mistakes = result.issues.map((issue) => `${v.getDotPath(issue) ?? 'body'}: ${issue.message}`);
  return toResponse(new Rejected('ERR_API_REQUEST'), { mistakes });
}
