/**
 * A cookie that keeps a client with its upstream.
 *
 * Its value is a signature of the upstream's key: it names one of the pool to who has the secret, tells nobody an address,
 * and can't be made up. It is no credential: who copies another client's cookie gets to the same upstream, and no further.
 */
import { sameBytes } from '../util/bytes.ts';
import { readCookie } from '../util/cookie.ts';
import { signText } from '../util/hmac.ts';

interface StickyCookie {
  /** The key of the upstream that the client's cookie names; null where it shows none, or not one of ours. */
  bound: string | null;
  /** The value of `Set-Cookie` that names an upstream, by its key. */
  cookieFor: (key: string) => string;
}

export async function readStickyCookie(
  name: string,
  secret: string,
  keys: readonly string[],
  request: Request,
): Promise<StickyCookie> {
  const values = await Promise.all(keys.map((key) => signText(secret, `signalbox sticky\n${name}\n${key}`)));
  const shown = readCookie(request.headers.get('Cookie') ?? '', name) ?? '';
  const bound = keys[values.findIndex((value) => isSame(value, shown))] ?? null;
  const cookieFor = (key: string) => `${name}=${values[keys.indexOf(key)]}; ${attributes(request)}`;
  return { bound, cookieFor };
}

function isSame(value: string, shown: string): boolean {
  return sameBytes(encoder.encode(value), encoder.encode(shown));
}

const encoder = new TextEncoder();

/**
 * It lasts as long as the browser does. Pages of other sites may be allowed to connect, and their browser sends it only with
 * `SameSite=None`, which wants TLS.
 */
function attributes({ url }: Request): string {
  return url.startsWith('https:') ? 'Path=/; HttpOnly; Secure; SameSite=None' : 'Path=/; HttpOnly; SameSite=Lax';
}
