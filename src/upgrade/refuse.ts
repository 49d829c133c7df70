import { withoutCredentials } from '../auth/credential.ts';
import type { ResolvedRoute } from '../config/config.ts';
import { Rejected } from '../config/errors.ts';
import { MAX_REASON_BYTES } from '../util/close.ts';
import { cutUtf8 } from '../util/text.ts';
import { checkHandshake } from './handshake.ts';
import { ERROR_HEADER } from './reject.ts';
import { chooseProtocol, parseOffer } from './subprotocol.ts';

/** A refusal that is told by a close: an upgrade is let through only to be closed at once. */
export interface RefusalByClose {
  code: number;
  reason: string;
  /** Named in the 101 all the same, or a browser would fail the connection before it hears the close. */
  subprotocol: string | null;
}

/** The statuses that can be told by a close, with the codes for them. */
const CLOSE_CODES: Record<number, number> = { 401: 4401, 403: 4403, 429: 4429 };

/** For an origin's own refusals, which name no code of ours. */
const REASONS: Record<number, string> = { 401: 'ERR_CREDENTIALS_INVALID', 403: 'ERR_PERMISSION_DENIED' };

/** How an answer is to be told by a close; null where it is to go out as it is. */
export function refusalByClose(route: ResolvedRoute, request: Request, answer: Response): RefusalByClose | null {
  const code = CLOSE_CODES[answer.status];
  if (route.refuse === 'http' || code === undefined || checkHandshake(request)) return null;
  const reason = answer.headers.get(ERROR_HEADER) ?? REASONS[answer.status] ?? '';
  return { code, reason: cutUtf8(reason, MAX_REASON_BYTES), subprotocol: subprotocolFor(route, request) };
}

/** What an application, an origin or a tunnel would have chosen is not known here; a browser takes whatever it offered. */
function subprotocolFor(route: ResolvedRoute, request: Request): string | null {
  const offer = parseOffer(request.headers.get('Sec-WebSocket-Protocol'));
  if (offer instanceof Rejected) return null;
  const subprotocols = withoutCredentials(offer);
  const choice = chooseProtocol(route, subprotocols);
  if (choice instanceof Rejected) return null;
  const isOursToChoose = choice.protocol !== null && choice.protocol !== 'application';
  return isOursToChoose ? choice.subprotocol : (choice.subprotocol ?? subprotocols[0] ?? null);
}
