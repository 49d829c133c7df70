/** The secrets that the test table names, and tokens signed with them. */
import { SignJWT } from 'jose';

export const SECRETS = {
  JWT_SECRET: 'a secret for tokens, of some length',
  TICKET_SECRET: 'a secret for tickets, of some length',
  API_KEYS: 'old-key, new-key',
};

/** A token of the test table's `jwt` routes, for a minute unless the claims say otherwise. */
export function signToken(claims: Record<string, unknown> = {}): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + 60;
  return new SignJWT({ sub: 'ada', exp, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(SECRETS.JWT_SECRET));
}
