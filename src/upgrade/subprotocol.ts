import { Rejected } from '../config/errors.ts';
import { isToken, splitList } from '../util/header-list.ts';

/**
 * The subprotocols that a client offers, in its order, exactly as it wrote them (RFC 6455 section 4.1, item 10).
 * An empty list where the header is missing.
 */
export function parseOffer(header: string | null): string[] | Rejected {
  if (header === null) return [];
  const offer = splitList(header);
  const wellFormed = offer.every(isToken) && new Set(offer).size === offer.length;
  return wellFormed ? offer : new Rejected('ERR_SUBPROTOCOL_MALFORMED');
}

/**
 * The first of the `spoken` subprotocols that was offered; null where the route demands none, so that none is chosen.
 * Compared with case, as RFC 6455 does.
 */
export function chooseSubprotocol(spoken: readonly string[], offer: readonly string[]): string | null | Rejected {
  if (spoken.length === 0) return null;
  return spoken.find((name) => offer.includes(name)) ?? new Rejected('ERR_SUBPROTOCOL_REQUIRED');
}
