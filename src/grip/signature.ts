import { errors, jwtVerify, SignJWT } from 'jose';
import { fromBase64 } from '../util/base64.ts';
import { isKeyOf } from '../util/keys.ts';

/** How long a signature holds that goes with a request to the application server, in seconds. */
const LIFETIME_SECONDS = 3600;

/** A shared key and the name that it goes by. A key that begins with `base64:` is bytes in base64, any other one is text. */
export interface GripKey {
  issuer: string;
  key: string;
}

/**
 * A value for `Grip-Sig`: by it the application server sees that a request comes from this router, and may believe its
 * `Meta-*` (https://pushpin.org/docs/protocols/grip/, "HTTP"). `now` in milliseconds since 1970.
 */
export function signGrip({ issuer, key }: GripKey, now: number): Promise<string> {
  return new SignJWT({ iss: issuer })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setExpirationTime(Math.floor(now / 1000) + LIFETIME_SECONDS)
    .sign(keyBytes(key));
}

/**
 * Whether who calls `POST /publish` may do so, by its `Authorization`: `Bearer` with a key or with a token (JWT, HS256)
 * signed with one and not expired, or `Basic` whose password is a key, as the libraries for GRIP send them.
 *
 * @param keys Separated by commas, so that an old one stays valid while a new one is handed out
 * @param issuer What a token must name as its issuer; null for whatever it names
 */
export async function mayPublish(
  authorization: string | null,
  issuer: string | null,
  keys: string,
  now: number,
): Promise<boolean> {
  const [, scheme = '', credential = ''] = /^(bearer|basic) +(\S+) *$/i.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'basic') return isKeyOf(keys, passwordIn(credential));
  if (scheme === '') return false;
  return (await isKeyOf(keys, credential)) || isTokenOf(credential, issuer, listed(keys), now);
}

function listed(keys: string): string[] {
  return keys.split(',').map((key) => key.trim());
}

async function isTokenOf(token: string, issuer: string | null, keys: string[], now: number): Promise<boolean> {
  for (const key of keys) if (await isSignedWith(token, issuer, keyBytes(key), now)) return true;
  return false;
}

async function isSignedWith(token: string, issuer: string | null, key: Uint8Array, now: number): Promise<boolean> {
  // An empty key is what a secret looks like that is not set: it signs nothing.
  if (key.length === 0) return false;
  const options = { algorithms: ['HS256'], requiredClaims: ['exp'], currentDate: new Date(now) };
  try {
    await jwtVerify(token, key, issuer === null ? options : { ...options, issuer });
    return true;
  } catch (error) {
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
}

/** Empty where there is none, which is nobody's key. */
function passwordIn(credential: string): string {
  const bytes = fromBase64(credential);
  return bytes === null ? '' : new TextDecoder().decode(bytes).replace(/^[^:]*:?/, '');
}

function keyBytes(key: string): Uint8Array {
  const bytes = key.startsWith('base64:') ? fromBase64(key.slice('base64:'.length)) : null;
  return bytes ?? new TextEncoder().encode(key);
}
