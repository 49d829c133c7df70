/** What each end of a connection is, next to what the end that it talks to has to be (RFC sp-protocol-ids-01). */
const PEERS = {
  pair: 'pair',
  pair1: 'pair1',
  pub: 'sub',
  sub: 'pub',
  push: 'pull',
  pull: 'push',
  req: 'rep',
  rep: 'req',
  surveyor: 'respondent',
  respondent: 'surveyor',
  bus: 'bus',
} as const;

/** A socket type of the scalability protocols. */
export type Role = keyof typeof PEERS;

export const ROLES = Object.keys(PEERS) as readonly Role[];

const SUFFIX = '.sp.nanomsg.org';

/**
 * What a page offers that asks and answers in text, next to those who do so in SP: see docs/sp.md. It names no role, since
 * one connection may do both.
 */
export const TEXT_SUBPROTOCOL = 'sp.signalbox';

/** What a client is, and the subprotocol that says so, exactly as it was offered. */
export interface SpOffer {
  subprotocol: string;
  /** Null for the text form. */
  role: Role | null;
}

/** What the other end of a role has to be. */
export function peerOf(role: Role): Role {
  return PEERS[role];
}

/**
 * The subprotocol that a client of this role offers. It names what the server is to be: a PUB offers `sub`
 * (`nn_ws_handshake_client_request` of nanomsg, `wstran_dialer_init` of nng).
 */
export function subprotocolOf(role: Role): string {
  return peerOf(role) + SUFFIX;
}

/** The role of the client that offers a subprotocol; null where it is not one of SP. Both libraries ignore its case. */
export function roleOf(subprotocol: string): Role | null {
  return ROLES.find((role) => subprotocolOf(role) === subprotocol.toLowerCase()) ?? null;
}

/** The first offer of SP in a list; null where there is none. An nng client takes no answer but the string that it sent. */
export function findSpOffer(offered: readonly string[]): SpOffer | null {
  for (const subprotocol of offered) {
    const role = roleOf(subprotocol);
    if (role !== null || subprotocol === TEXT_SUBPROTOCOL) return { subprotocol, role };
  }
  return null;
}
