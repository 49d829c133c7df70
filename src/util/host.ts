import { ipv6Groups } from './address.ts';

/** What can be dialled. `text` is its one spelling: lower case, IPv6 at its shortest and in brackets. */
export type Host =
  | { kind: 'name'; text: string }
  | { kind: 'ipv4'; text: string; bytes: readonly number[] }
  | { kind: 'ipv6'; text: string; groups: readonly number[] };

const BYTE = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^${BYTE}\\.${BYTE}\\.${BYTE}\\.${BYTE}$`);
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;
/** What URLs take for the end of an IPv4 address (WHATWG URL, "ends in a number"): decimal, octal, hexadecimal, short. */
const NUMBER = /^(\d+|0x[0-9a-f]*)$/;
/** A name in text form, without the dot at its end (RFC 1035 section 2.3.4: 255 bytes on the wire). */
const MAX_NAME_CHARS = 253;

/**
 * Reads a host that is spelled as everybody spells it: a name of ASCII letters, digits, `-` and `_`, IPv4 in four decimal
 * numbers, IPv6 with or without brackets. Null for everything else, such as `0x7f.1`, a zone, or a dot at the end: what two
 * programs could read in two ways is no host.
 */
export function toHost(text: string): Host | null {
  const lower = text.toLowerCase();
  const bytes = IPV4.exec(lower)?.slice(1).map(Number);
  if (bytes) return { kind: 'ipv4', text: lower, bytes };
  const address = /^\[(.*)\]$/.exec(lower)?.[1] ?? lower;
  const groups = ipv6Groups(address);
  if (groups) return { kind: 'ipv6', text: new URL(`http://[${address}]`).hostname, groups };
  return isName(lower) ? { kind: 'name', text: lower } : null;
}

function isName(text: string): boolean {
  const labels = text.split('.');
  return (
    text.length <= MAX_NAME_CHARS && labels.every((label) => LABEL.test(label)) && !NUMBER.test(labels.at(-1) ?? '')
  );
}

/** Where one dials. */
export interface HostPort {
  /** As `Host` spells it. */
  host: string;
  port: number;
}

/** Reads `host:port`; IPv6 must have its brackets. */
export function toHostPort(text: string): HostPort | null {
  const [, name = '', digits = ''] = /^(.+):([1-9]\d{0,4})$/s.exec(text) ?? [];
  const host = toHost(name);
  const port = Number(digits);
  // Without brackets an address of seven groups and a port look like one of eight.
  if (host === null || port > 65_535 || (host.kind === 'ipv6' && !name.startsWith('['))) return null;
  return { host: host.text, port };
}
