import type { HashKey, Policy, Upstream } from '../config/bridge.ts';
import { addressKey } from '../util/address.ts';
import { readCookie } from '../util/cookie.ts';
import { readStickyCookie } from './sticky-cookie.ts';

/** What in a request ties it to an upstream. */
export type Affinity =
  | { kind: 'none' }
  /** What is hashed. */
  | { kind: 'key'; key: string }
  | {
      kind: 'cookie';
      /** The key of the upstream that the client's cookie names; null where it shows no good one. */
      bound: string | null;
      /** The value of `Set-Cookie` that names an upstream, by its key. */
      cookieFor: (key: string) => string;
    };

/** Whose connection it is that an upstream is chosen for. */
export interface Visitor {
  request: Request;
  /** Its address; null where the runtime does not tell. */
  address: string | null;
}

/**
 * What a policy goes by, besides the state of the upstreams. `secretOf` gives the value of an environment variable, and is
 * asked only by a policy that names one; what it throws is thrown.
 */
export async function affinityOf(
  policy: Policy,
  upstreams: readonly Upstream[],
  { request, address }: Visitor,
  secretOf: (variable: string) => string,
): Promise<Affinity> {
  if (typeof policy === 'string') return { kind: 'none' };
  if ('hash' in policy) return byKey(hashKey(policy.hash, request));
  const { sticky } = policy;
  if (sticky === 'address') return byKey(address === null ? null : addressKey(address));
  const keys = upstreams.map(({ key }) => key);
  return { kind: 'cookie', ...(await readStickyCookie(sticky.cookie, secretOf(sticky.secret), keys, request)) };
}

/** A request without a key could go anywhere: they must not all go to one upstream. */
function byKey(key: string | null): Affinity {
  return key ? { kind: 'key', key } : { kind: 'none' };
}

function hashKey(key: HashKey, { url, headers }: Request): string | null {
  if (key === 'path') return new URL(url).pathname;
  if ('header' in key) return headers.get(key.header);
  if ('cookie' in key) return readCookie(headers.get('Cookie') ?? '', key.cookie);
  return new URL(url).searchParams.get(key.query);
}
