import {
  decodeProtectedHeader,
  errors,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
  type LocalJWKSet,
} from 'jose';
import type { ResolvedAuth, ResolvedKeys, TokenStatement } from '../config/auth.ts';
import { Rejected } from '../config/errors.ts';
import { KeySet } from './key-set.ts';
import { type Pass, toPass } from './pass.ts';
import { type AuthPort, requireSecret } from './ports.ts';
import { TICKET_TYPE } from './ticket-type.ts';

const UNAVAILABLE = new Rejected('ERR_KEYS_UNAVAILABLE', { 'Retry-After': '5' });

type ResolvedJwt = Extract<ResolvedAuth, { kind: 'jwt' }>;

/** Checks JSON Web Tokens (RFC 7519), and remembers key sets from one request to the next. */
export class JwtVerifier {
  readonly #keySets = new Map<string, KeySet>();

  /** @throws MissingSecret */
  async verify(auth: ResolvedJwt, token: string, port: AuthPort): Promise<Pass | Rejected> {
    const verified = await this.check(auth, token, port);
    if (verified instanceof Rejected) return verified;
    const { sub, exp: _, [auth.permissionsClaim]: permissions, ...claims } = verified.claims;
    const expires = verified.expiresAt === null ? undefined : verified.expiresAt / 1000;
    return toPass({ userId: sub, claims, permissions, expires }, auth.permissions);
  }

  /**
   * What a token says, whatever it is for.
   *
   * @throws MissingSecret
   */
  async check(keys: ResolvedKeys, token: string, port: AuthPort): Promise<TokenStatement | Rejected> {
    const options = optionsOf(keys, port);
    const verified =
      keys.jwks === undefined
        ? await verifyWithSecret(token, requireSecret(port, keys.secret ?? ''), options)
        : await this.#verifyWithKeySet(token, keys.jwks, options, port);
    if (verified instanceof Rejected) return verified;
    // A ticket is no token, even where both are signed with one secret.
    if (verified.protectedHeader.typ === TICKET_TYPE) return new Rejected('ERR_CREDENTIALS_INVALID');
    const { exp } = verified.payload;
    const expiresAt = exp === undefined ? null : (exp + keys.clockTolerance) * 1000;
    // JSON has numbers that are too large for a number, also before they are milliseconds.
    if (expiresAt === Number.POSITIVE_INFINITY) return new Rejected('ERR_CREDENTIALS_INVALID');
    return { claims: verified.payload, expiresAt };
  }

  async #verifyWithKeySet(token: string, url: string, options: JWTVerifyOptions, port: AuthPort) {
    const keySet = this.#keySetAt(url);
    const keys = await keySet.get(port);
    if (keys === null) return UNAVAILABLE;
    const verified = await verifyWithKeys(token, keys, options);
    if (verified !== 'unknown key') return verified;
    const newer = await keySet.newer(keys, port);
    // Its key may be a new one, and who is told that a token is no good does not come back with it.
    if (newer === null && keySet.isFailing) return UNAVAILABLE;
    const again = newer === null ? 'unknown key' : await verifyWithKeys(token, newer, options);
    return again === 'unknown key' ? new Rejected('ERR_CREDENTIALS_INVALID') : again;
  }

  #keySetAt(url: string): KeySet {
    const keySet = this.#keySets.get(url) ?? new KeySet(url);
    this.#keySets.set(url, keySet);
    return keySet;
  }
}

function optionsOf({ algorithms, issuer, audience, clockTolerance }: ResolvedKeys, port: AuthPort): JWTVerifyOptions {
  return { algorithms: [...algorithms], issuer, audience, clockTolerance, currentDate: new Date(port.now()) };
}

/** What a token signed with a secret says, or why it is refused. */
export async function verifyWithSecret(
  token: string,
  secret: string,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult | Rejected> {
  try {
    return await jwtVerify(token, new TextEncoder().encode(secret), options);
  } catch (error) {
    return refusalOf(error);
  }
}

async function verifyWithKeys(
  token: string,
  keys: LocalJWKSet,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult | Rejected | 'unknown key'> {
  try {
    return await jwtVerify(token, keys, options);
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return 'unknown key';
    if (error instanceof errors.JWKSMultipleMatchingKeys) return verifyWithAny(token, error, options);
    // A token that names no key may be of one that is not known yet.
    const unnamed = error instanceof errors.JWSSignatureVerificationFailed && !decodeProtectedHeader(token).kid;
    return unnamed ? 'unknown key' : refusalOf(error);
  }
}

/** A token that names no key may be of any that fits its algorithm. One that is unusable is not this token's fault. */
async function verifyWithAny(token: string, keys: errors.JWKSMultipleMatchingKeys, options: JWTVerifyOptions) {
  for await (const key of keys) {
    try {
      return await jwtVerify(token, key, options);
    } catch (error) {
      if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed)
        return refusalOf(error);
    }
  }
  return 'unknown key';
}

/** What `jose` throws for a token that is not good, or for a key that is not, is no bug but an ordinary outcome. */
function refusalOf(error: unknown): Rejected {
  return new Rejected(error instanceof errors.JWTExpired ? 'ERR_CREDENTIALS_EXPIRED' : 'ERR_CREDENTIALS_INVALID');
}
