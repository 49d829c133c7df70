import { base64url } from 'jose';

const HMAC = { name: 'HMAC', hash: 'SHA-256' };
const encoder = new TextEncoder();

/** 256 bits in base64url, without padding. */
const SIGNATURE = /^[A-Za-z0-9_-]{43}$/;

/** HMAC-SHA256 of a text (RFC 2104), in base64url. */
export async function signText(secret: string, text: string): Promise<string> {
  const key = await importKey(secret, 'sign');
  return base64url.encode(new Uint8Array(await crypto.subtle.sign(HMAC, key, encoder.encode(text))));
}

/** Whether `signature` is what `signText` makes of the text, in a time that does not depend on where it differs. */
export async function isSigned(secret: string, text: string, signature: string): Promise<boolean> {
  if (!SIGNATURE.test(signature)) return false;
  const key = await importKey(secret, 'verify');
  return crypto.subtle.verify(HMAC, key, new Uint8Array(base64url.decode(signature)), encoder.encode(text));
}

function importKey(secret: string, use: 'sign' | 'verify'): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', encoder.encode(secret), HMAC, false, [use]);
}
