import type { ApplicationSettings, ResolvedRoute, SpokenProtocol } from '../config/config.ts';
import { Rejected } from '../config/errors.ts';
import { isSocketMount } from '../config/mounts.ts';
import { findSpOffer, type Role } from '../config/sp-roles.ts';
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

/** What is to be spoken over a connection. */
export interface Choice {
  /** The subprotocol to name in the 101; null for none. */
  subprotocol: string | null;
  /** How it talks with its room; null where the target is no room. */
  protocol: SpokenProtocol | null;
  /** What an SP peer is. */
  role?: Role;
}

/**
 * Chooses by what is offered. SP peers are told by it from bare sockets at the same path, and their string is echoed as they
 * wrote it: one of nng takes nothing else.
 */
export function chooseProtocol(
  { target, mount, protocols }: ResolvedRoute,
  offer: readonly string[],
): Choice | Rejected {
  const speaksSp = target.kind === 'room' && target.protocols.includes('sp') && (mount === 'raw' || mount === 'sp');
  const sp = speaksSp ? findSpOffer(offer) : null;
  if (sp?.role) return { ...sp, role: sp.role, protocol: sp.role === 'pair1' ? 'sp_pair1' : 'sp' };
  if (sp) return { subprotocol: sp.subprotocol, protocol: 'sp_text' };
  if (mount === 'sp') return new Rejected('ERR_SUBPROTOCOL_REQUIRED');
  const subprotocol = chooseSubprotocol(protocols, offer);
  if (subprotocol instanceof Rejected) return subprotocol;
  if (mount === 'raw' && target.kind === 'room' && takesConnections(target.application))
    return { subprotocol, protocol: 'application' };
  return { subprotocol, protocol: isSocketMount(mount) ? mount : null };
}

/** Whether what stands behind a room talks with the connections at the room's path itself. */
function takesConnections(application: ApplicationSettings | null): boolean {
  return application !== null && application.kind !== 'origin';
}
