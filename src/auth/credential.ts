import { base64url } from 'jose';
import { BEARER_OFFER, type CredentialSource } from '../config/auth.ts';
import { readCookie } from '../util/cookie.ts';

/** The subprotocols of an offer that are subprotocols: a credential among them is never chosen, nor echoed. */
export function withoutCredentials(offer: readonly string[]): string[] {
  return offer.filter((name) => !name.startsWith(BEARER_OFFER));
}

/** What every kind of credential is made of. Anything else could not be handed on in a header. */
const VISIBLE = /^[\x21-\x7e]+$/;

/** The first credential that a request carries in one of `sources`, in their order; null where there is none. */
export function findCredential(
  request: Request,
  offer: readonly string[],
  sources: readonly CredentialSource[],
): string | null {
  for (const source of sources) {
    const credential = credentialIn(request, offer, source);
    if (credential && VISIBLE.test(credential)) return credential;
  }
  return null;
}

function credentialIn({ headers, url }: Request, offer: readonly string[], source: CredentialSource): string | null {
  if (source === 'authorization') return bearerToken(headers.get('Authorization'));
  if (source === 'subprotocol') return offeredToken(offer);
  if ('cookie' in source) return readCookie(headers.get('Cookie') ?? '', source.cookie);
  return new URL(url).searchParams.get(source.query);
}

/** RFC 6750 section 2.1. The scheme is compared without case, as all are (RFC 9110 section 11.1). */
export function bearerToken(authorization: string | null): string | null {
  return /^bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? '')?.[1] ?? null;
}

function offeredToken(offer: readonly string[]): string | null {
  const name = offer.find((offered) => offered.startsWith(BEARER_OFFER));
  if (name === undefined) return null;
  try {
    return new TextDecoder().decode(base64url.decode(name.slice(BEARER_OFFER.length)));
  } catch {
    return null; // not base64url
  }
}

/** A URL without the query parameters in which a credential may be, for whoever gets to see it. */
export function withoutQueryCredentials(url: URL, sources: readonly CredentialSource[]): URL {
  const cleaned = new URL(url);
  for (const source of sources) {
    // Deleting writes the whole query anew, which would break what is signed in it.
    if (typeof source === 'object' && 'query' in source && cleaned.searchParams.has(source.query)) {
      cleaned.searchParams.delete(source.query);
    }
  }
  return cleaned;
}

/** Takes them out of a `Referer` too, which may be the URL of a page behind the same route. `base` is the URL of the request. */
export function hideInReferer(headers: Headers, base: string, sources: readonly CredentialSource[]): void {
  const referer = headers.get('Referer');
  // RFC 9110 section 10.1.3: it may be relative.
  if (referer === null || !URL.canParse(referer, base)) return;
  const url = new URL(referer, base);
  const { href } = withoutQueryCredentials(url, sources);
  if (href !== url.href) headers.set('Referer', href);
}
