import { toHost } from '../util/host.ts';

/** One end of a TCP connection. */
export interface Endpoint {
  /** IPv4, or IPv6 with or without brackets. A name counts as no address. */
  address: string;
  /** 0 where it is not known. */
  port: number;
}

/** Two ends as addresses of one family, in bytes in the order of the network. */
interface Ends {
  isIpv6: boolean;
  addresses: readonly [client: readonly number[], service: readonly number[]];
  ports: readonly [client: number, service: number];
}

/** What a version 2 header begins with. */
const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
/** Version 2, and whether the connection is somebody's (PROXY) or only the proxy's own (LOCAL). */
const COMMAND = { local: 0x20, proxy: 0x21 };
/** Address family and TCP. */
const FAMILY = { none: 0x00, ipv4: 0x11, ipv6: 0x21 };
/** The head of an IPv4 address that is written as IPv6 (RFC 4291 section 2.5.5.2). */
const MAPPED = [...Array<number>(10).fill(0), 0xff, 0xff];

/**
 * The header of the PROXY protocol (https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt), which tells a service who
 * is behind a connection.
 *
 * A client without an address is said to be unknown: `UNKNOWN`, or `LOCAL` in version 2. Where only one of the two addresses
 * is of IPv4, it is written as IPv6 (`::ffff:…`). A service without an address has that of all zeros.
 */
export function proxyHeader(version: 1 | 2, client: Endpoint | null, service: Endpoint | null): Uint8Array {
  const ends = client && toEnds(client, service);
  return version === 1 ? new TextEncoder().encode(textHeader(ends)) : binaryHeader(ends);
}

function textHeader(ends: Ends | null): string {
  if (ends === null) return 'PROXY UNKNOWN\r\n';
  const addresses = ends.addresses.map(ends.isIpv6 ? ipv6Text : (bytes) => bytes.join('.'));
  return `${['PROXY', ends.isIpv6 ? 'TCP6' : 'TCP4', ...addresses, ...ends.ports].join(' ')}\r\n`;
}

function binaryHeader(ends: Ends | null): Uint8Array {
  if (ends === null) return new Uint8Array([...SIGNATURE, COMMAND.local, FAMILY.none, 0, 0]);
  const body = [...ends.addresses.flat(), ...ends.ports.flatMap(toBytes)];
  const family = ends.isIpv6 ? FAMILY.ipv6 : FAMILY.ipv4;
  return new Uint8Array([...SIGNATURE, COMMAND.proxy, family, ...toBytes(body.length), ...body]);
}

/** Null where the client has no address. */
function toEnds(client: Endpoint, service: Endpoint | null): Ends | null {
  const from = addressOf(client);
  if (from === null) return null;
  const to = (service && addressOf(service)) ?? from.map(() => 0);
  const isIpv6 = from.length === 16 || to.length === 16;
  const addresses = isIpv6 ? ([toIpv6(from), toIpv6(to)] as const) : ([from, to] as const);
  return { isIpv6, addresses, ports: [client.port, service?.port ?? 0] };
}

/** The bytes of an address, 4 of them also where an IPv4 address is written as IPv6; null for a name. */
function addressOf({ address }: Endpoint): readonly number[] | null {
  const host = toHost(address);
  if (host?.kind === 'ipv4') return host.bytes;
  if (host?.kind !== 'ipv6') return null;
  const bytes = host.groups.flatMap(toBytes);
  return MAPPED.every((byte, at) => bytes[at] === byte) ? bytes.slice(MAPPED.length) : bytes;
}

function toIpv6(address: readonly number[]): readonly number[] {
  return address.length === 16 ? address : [...MAPPED, ...address];
}

/** A number of 16 bits. */
function toBytes(number: number): number[] {
  return [number >> 8, number & 0xff];
}

/** As long as it gets: eight groups, none of them left out. */
function ipv6Text(bytes: readonly number[]): string {
  const groups = Array.from({ length: 8 }, (_, at) => ((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0));
  return groups.map((group) => group.toString(16)).join(':');
}
