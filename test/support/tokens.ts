/** Authentication in plain Node: keys, tokens, and a world whose clock, secrets and origins a test sets. */
import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import type { AuthPort } from '../../src/auth/ports.ts';
import type { Auth, JwtAlgorithm, ResolvedAuth } from '../../src/config/auth.ts';
import { resolveAuth } from '../../src/config/auth-schema.ts';

/** What time it is until a test says otherwise, in seconds since 1970. */
export const NOW = 1_800_000_000;
/** What the environment variable `SECRET` holds. */
export const SECRET = 'thirty-two bytes and some more of them';
/** Where the key set is. */
export const JWKS = 'https://keys.example/jwks.json';

type Answer = (init: RequestInit) => Response | Promise<Response>;

/** A world in which time passes, and origins answer, only as a test says. An origin that is not named can't be reached. */
export class FakeWorld implements AuthPort {
  /** Milliseconds since 1970. */
  time = NOW * 1000;
  secrets: Record<string, string> = { SECRET };
  readonly answers: Record<string, Answer> = {};
  /** What was asked, in order. */
  readonly asked: { url: string; init: RequestInit }[] = [];

  secret(name: string): string | undefined {
    return this.secrets[name];
  }

  async fetch(url: string, init: RequestInit): Promise<Response> {
    this.asked.push({ url, init });
    const answer = this.answers[url];
    if (answer === undefined) throw new TypeError('fetch failed');
    return answer(init);
  }

  now(): number {
    return this.time;
  }
}

/** A private key, and its public half as a key set names it. */
export interface Signer {
  alg: JwtAlgorithm;
  key: CryptoKey;
  publicKey: CryptoKey;
  jwk: JWK;
}

export async function createSigner(alg: JwtAlgorithm, kid?: string): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, key: privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid } };
}

export function keySet(...signers: readonly Signer[]): Response {
  return Response.json({ keys: signers.map(({ jwk }) => jwk) });
}

/** A token with a user of its own but for `claims`, in which undefined leaves a claim out. */
export function sign(claims: JWTPayload, by: Signer | string, header: Partial<JWTHeaderParameters> = {}) {
  const [alg, kid, key] =
    typeof by === 'string' ? ['HS256', undefined, new TextEncoder().encode(by)] : [by.alg, by.jwk.kid, by.key];
  return new SignJWT({ sub: 'ann', ...claims }).setProtectedHeader({ alg, kid, ...header }).sign(key as CryptoKey);
}

type Resolved<K extends Auth['kind']> = Extract<ResolvedAuth, { kind: K }>;

/** What a route says about identity, with its defaults. */
export function resolved<const A extends Auth>(auth: A): Resolved<A['kind']> {
  return resolveAuth(auth) as Resolved<A['kind']>;
}
