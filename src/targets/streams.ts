import type { ResolvedRoom, StreamMount } from '../config/config.ts';
import { Rejected } from '../config/errors.ts';
import type { RouteMatch } from '../config/match.ts';
import { entryTo, settingsOf } from '../platform/entry.ts';
import { openStream, passMessage } from '../platform/stream.ts';
import { openRoom } from '../platform/stub.ts';
import { STREAMS } from '../protocols/streams.ts';
import { answerPreflight, withCors } from '../upgrade/cors.ts';
import { checkHttp } from '../upgrade/http.ts';
import { refuse, toResponse } from '../upgrade/reject.ts';
import { roomName } from '../upgrade/room-name.ts';
import { letIn } from './entrance.ts';
import type { Router, Visit } from './router.ts';

/** The way in of clients without WebSocket: over the same rungs, to a stream. */
export function answerStream(router: Router, match: RouteMatch, mount: StreamMount, visit: Visit): Promise<Response> {
  const { method, protocol, sends } = STREAMS[mount];
  return overHttp(match, visit.request, method, async (room, target) => {
    const pass = await letIn(router, match.route, visit, []);
    if (pass instanceof Response) return pass;
    const session = sends ? crypto.randomUUID() : undefined;
    const connection = { protocol, subprotocol: null, echo: target.echo, session };
    const entry = entryTo(room, match.route, connection, pass, visit.address);
    if (entry instanceof Rejected) return toResponse(entry);
    const enter = () => openRoom(visit.env.ROOM, room, entry, settingsOf(target));
    return openStream(mount, visit.request, entry.admission, target.namespaces, enter);
  });
}

/** What they send. Nobody is asked who they are: they know the session, which nobody else does. */
export function answerEmulation(
  { strays }: Router,
  match: RouteMatch,
  { request, env, address }: Visit,
): Promise<Response> {
  return overHttp(match, request, 'POST', async (room) => {
    const refused = strays.peek(match.route, address, Date.now());
    if (refused) return toResponse(refused);
    const answer = await passMessage(env.ROOM, room, match.route.limits, request);
    // To try one session after the other wakes the room as often as to connect does.
    if (answer.status === 404) strays.check(match.route, address, Date.now());
    return answer;
  });
}

/** What both have in common. The answer can be read by pages of other origins too, where the route lets them connect. */
async function overHttp(
  { route, params }: RouteMatch,
  request: Request,
  method: 'GET' | 'POST',
  answer: (room: string, target: ResolvedRoom) => Promise<Response>,
): Promise<Response> {
  if (route.target.kind !== 'room') return refuse('ERR_NO_ROUTE');
  const room = checkHttp(request, method, route.origins) ?? roomName(route.target.room, params);
  const readable = (response: Response) => withCors(route.origins, request, response);
  if (room instanceof Rejected) return readable(toResponse(room));
  return readable(request.method === 'OPTIONS' ? answerPreflight(request, method) : await answer(room, route.target));
}
