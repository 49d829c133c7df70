import { SignJWT } from 'jose';
import type { Permission, ResolvedAuth } from '../config/auth.ts';
import { Rejected } from '../config/errors.ts';
import { EVERYTHING } from '../config/permissions.ts';
import { verifyWithSecret } from './jwt.ts';
import { type Pass, toPass } from './pass.ts';
import { type AuthPort, requireSecret } from './ports.ts';
import { TICKET_TYPE } from './ticket-type.ts';

/** What a ticket is minted from. */
export interface TicketOrder {
  userId: string;
  permissions: readonly Permission[];
  /** Seconds in which it can be used to connect. */
  expiresIn: number;
  /** Seconds after which a connection that it opened is closed; undefined for no end. */
  connectionExpiresIn?: number;
  claims?: Record<string, unknown>;
}

export interface Ticket {
  ticket: string;
  /** Seconds since 1970. */
  expiresAt: number;
}

export async function mintTicket(order: TicketOrder, secret: string, nowMs: number): Promise<Ticket> {
  const now = Math.floor(nowMs / 1000);
  const expiresAt = now + order.expiresIn;
  const { permissions, claims, connectionExpiresIn: lasts } = order;
  const ticket = await new SignJWT({ permissions, claims, lasts })
    .setProtectedHeader({ alg: 'HS256', typ: TICKET_TYPE })
    .setSubject(order.userId)
    .setIssuedAt(now)
    .setExpirationTime(expiresAt)
    .setJti(crypto.randomUUID())
    .sign(new TextEncoder().encode(secret));
  return { ticket, expiresAt };
}

/** @throws MissingSecret */
export async function verifyTicket(
  auth: Extract<ResolvedAuth, { kind: 'ticket' }>,
  ticket: string,
  port: AuthPort,
): Promise<Pass | Rejected> {
  const options = {
    algorithms: ['HS256'],
    typ: TICKET_TYPE,
    currentDate: new Date(port.now()),
    requiredClaims: ['exp', 'jti'],
  };
  const verified = await verifyWithSecret(ticket, requireSecret(port, auth.secret), options);
  if (verified instanceof Rejected) return verified;
  const { sub, permissions, claims = {}, lasts, jti = '', exp = 0 } = verified.payload;
  const expires =
    lasts === undefined ? undefined : port.now() / 1000 + (typeof lasts === 'number' ? lasts : Number.NaN);
  const pass = toPass({ userId: sub, claims, permissions, expires }, EVERYTHING);
  if (pass instanceof Rejected || !auth.once) return pass;
  // Each room remembers its own tickets, so one for several rooms could be used once in each.
  if (!pass.permissions.every(({ room = '*' }) => !room.includes('*'))) return new Rejected('ERR_CREDENTIALS_INVALID');
  return { ...pass, once: { id: jti, until: exp * 1000 } };
}
