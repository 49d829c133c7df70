import { assertNever } from './assert.ts';
import { toHost } from './host.ts';

/** An address as a number of 32 bits, and how many of them count. */
type Block = readonly [base: number, bits: number];

/** What of IPv4 is not for everybody (https://www.iana.org/assignments/iana-ipv4-special-registry), and two more. */
const CLOSED_IPV4: readonly Block[] = [
  [0x00000000, 8], // "this network", and 0.0.0.0, which many systems take for themselves
  [0x0a000000, 8], // 10.0.0.0/8, private (RFC 1918)
  [0x64400000, 10], // 100.64.0.0/10, behind a carrier's NAT (RFC 6598); Alibaba's metadata are in it
  [0x7f000000, 8], // 127.0.0.0/8, loopback
  [0xa83f8110, 32], // 168.63.129.16, Azure's host agent, public only by its number
  [0xa9fe0000, 16], // 169.254.0.0/16, link-local; the metadata of most clouds are in it
  [0xac100000, 12], // 172.16.0.0/12, private
  [0xc0000000, 24], // 192.0.0.0/24, protocol assignments (RFC 6890); Oracle's metadata are in it
  [0xc0000200, 24], // 192.0.2.0/24, documentation (RFC 5737)
  [0xc0586300, 24], // 192.88.99.0/24, 6to4 relays (RFC 7526)
  [0xc0a80000, 16], // 192.168.0.0/16, private
  [0xc6120000, 15], // 198.18.0.0/15, benchmarks (RFC 2544)
  [0xc6336400, 24], // 198.51.100.0/24, documentation
  [0xcb007100, 24], // 203.0.113.0/24, documentation
  [0xe0000000, 3], // 224.0.0.0/4, multicast, and 240.0.0.0/4, reserved, broadcast
];

/**
 * The first 32 bits of what is not for everybody within 2000::/3, which is all that has been given out for use
 * (https://www.iana.org/assignments/ipv6-unicast-address-assignments).
 */
const CLOSED_IPV6: readonly Block[] = [
  [0x20010000, 23], // 2001::/23, protocol assignments: Teredo, benchmarks, ORCHID
  [0x20010db8, 32], // 2001:db8::/32, documentation (RFC 3849)
  [0x20020000, 16], // 2002::/16, 6to4, which holds an IPv4 address (RFC 3056)
  [0x3fff0000, 20], // 3fff::/20, documentation (RFC 9637)
];
const GLOBAL_IPV6: Block = [0x20000000, 3];

/** Names that no public DNS knows (RFC 6761, 6762 with its appendix G, 8375; ICANN on .internal), and one that it does. */
const CLOSED_NAME =
  /(^|\.)(localhost|localdomain|local|internal|intranet|private|corp|home|lan|home\.arpa|test|metadata\.goog)$/;

/**
 * Whether a host may be dialled by somebody who must not reach our own network: an address for everybody's use, or a name
 * that could be one's.
 *
 * Refused are all spellings but the usual one (`toHost`), addresses that hold another one (IPv4-mapped, 6to4, Teredo,
 * NAT64), names without a dot, and names that are only used inside. **What a name resolves to can't be known here**: an
 * edge has no resolver to ask, and the answer could be another one when the runtime dials. Who needs to be sure lets only
 * names be dialled whose owner is trusted, or has the network keep the router away from what it must not reach.
 */
export function isPublicAddress(text: string): boolean {
  const host = toHost(text);
  if (host === null) return false;
  switch (host.kind) {
    case 'name':
      return host.text.includes('.') && !CLOSED_NAME.test(host.text);
    case 'ipv4':
      return isOutside(CLOSED_IPV4, toNumber(host.bytes, 256));
    case 'ipv6': {
      const head = toNumber(host.groups.slice(0, 2), 65_536);
      return isIn(GLOBAL_IPV6, head) && isOutside(CLOSED_IPV6, head);
    }
    default:
      return assertNever(host);
  }
}

function toNumber(digits: readonly number[], base: number): number {
  return digits.reduce((number, digit) => number * base + digit, 0);
}

function isOutside(blocks: readonly Block[], address: number): boolean {
  return !blocks.some((block) => isIn(block, address));
}

function isIn([base, bits]: Block, address: number): boolean {
  return (address ^ base) >>> (32 - bits) === 0;
}
