/** What may be dialled where the client says what it wants: only what is signed, listed and, unless said otherwise, public. */
import type { DialPattern, ResolvedChoice } from '../config/bridge.ts';
import type { HostPattern } from '../config/config.ts';
import { Rejected } from '../config/errors.ts';
import { isSigned, signText } from '../util/hmac.ts';
import { type HostPort, toHost, toHostPort } from '../util/host.ts';
import { isPublicAddress } from '../util/public-address.ts';

/** What a URL names with a good signature. */
interface SignedAddress extends HostPort {
  /** Until when it is good, in seconds since 1970. */
  expiresAt: number;
}

/**
 * What a URL wants to be dialled, or why it may not be. `secret` is the value of the environment variable that `choice`
 * names, `now` is in milliseconds since 1970.
 *
 * The signature holds for every route that has the same secret, as far as that route's `allow` goes, and until it expires
 * for everybody who has the URL.
 */
export async function chosenAddress(
  choice: ResolvedChoice,
  url: URL,
  secret: string,
  now: number,
): Promise<HostPort | Rejected> {
  const address = await verifyAddress(url.searchParams, secret);
  if (address === null) return new Rejected('ERR_DIAL_SIGNATURE');
  const { host, port, expiresAt } = address;
  if (now >= expiresAt * 1000) return new Rejected('ERR_DIAL_EXPIRED');
  if (!allows(choice.allow, host, port)) return new Rejected('ERR_DIAL_NOT_ALLOWED');
  return choice.private || isPublicAddress(host) ? { host, port } : new Rejected('ERR_DIAL_NOT_ALLOWED');
}

/** Whether one of the patterns names the host and port. A host that is not spelled as usual (`toHost`) is named by none. */
export function allows(patterns: readonly DialPattern[], host: string, port: number): boolean {
  const name = toHost(host)?.text;
  if (name === undefined) return false;
  return patterns.some(({ host, ports: [first, last] }) => takesHost(host, name) && port >= first && port <= last);
}

function takesHost(pattern: HostPattern | null, name: string): boolean {
  if (pattern === null) return true;
  return pattern.wildcard ? name.endsWith(`.${pattern.name}`) : name === pattern.name;
}

/**
 * The parameters that let a URL choose what is dialled, until `expiresAt` (seconds since 1970).
 *
 * @throws TypeError for what is no `host:port`
 */
export async function signAddress(to: string, expiresAt: number, secret: string): Promise<URLSearchParams> {
  if (toHostPort(to) === null) throw new TypeError('What is to be dialled must be a host and a port');
  const exp = String(Math.floor(expiresAt));
  return new URLSearchParams({ to, exp, sig: await signText(secret, signedText(to, exp)) });
}

/** Null where a parameter is missing, there twice, or not as it was signed. */
async function verifyAddress(params: URLSearchParams, secret: string): Promise<SignedAddress | null> {
  const [to, exp, sig] = [only(params, 'to'), only(params, 'exp'), only(params, 'sig')];
  const address = toHostPort(to);
  if (address === null || !/^\d{1,15}$/.test(exp)) return null;
  return (await isSigned(secret, signedText(to, exp), sig)) ? { ...address, expiresAt: Number(exp) } : null;
}

function only(params: URLSearchParams, name: string): string {
  const [value = '', ...others] = params.getAll(name);
  return others.length === 0 ? value : '';
}

/** Neither part can hold a line break, so no two addresses have one text; the first line is for this use of a secret only. */
function signedText(to: string, exp: string): string {
  return `signalbox tunnel\n${to}\n${exp}`;
}
