import { withoutCredentials } from '../auth/credential.ts';
import { Rejected } from '../config/errors.ts';
import type { RouteMatch } from '../config/match.ts';
import { checkHandshake } from './handshake.ts';
import { checkOrigin } from './origin.ts';
import { roomName } from './room-name.ts';
import { type Choice, chooseProtocol, parseOffer } from './subprotocol.ts';

/** What the ladder found out about an upgrade that may go on. */
export interface Accepted extends Choice {
  /** The subprotocols that were offered, credentials among them. */
  offer: readonly string[];
  /** The room it leads to; null where the target is no room. */
  room: string | null;
}

/**
 * The ladder: every check of an upgrade that needs nothing but the request and its route, in the order in which they
 * answer. Each rung refuses, or leaves the request to the next.
 */
export function checkUpgrade({ route, params }: RouteMatch, request: Request): Accepted | Rejected {
  const refused = checkHandshake(request) ?? checkOrigin(route.origins, request);
  if (refused) return refused;
  const offer = parseOffer(request.headers.get('Sec-WebSocket-Protocol'));
  if (offer instanceof Rejected) return offer;
  const choice = chooseProtocol(route, withoutCredentials(offer));
  if (choice instanceof Rejected) return choice;
  const room = route.target.kind === 'room' ? roomName(route.target.room, params) : null;
  return room instanceof Rejected ? room : { ...choice, offer, room };
}
