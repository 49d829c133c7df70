import { describe, expect, it } from 'vitest';
import { type Endpoint, proxyHeader } from '../../../src/bridge/proxy-header.ts';

const decode = (header: Uint8Array) => new TextDecoder().decode(header);
const hex = (header: Uint8Array) => Buffer.from(header).toString('hex');
const SIGNATURE = '0d0a0d0a000d0a515549540a';

/** The two ends, the line of version 1, and what of version 2 comes behind the signature. */
const VECTORS: [string, Endpoint, Endpoint | null, string, string][] = [
  [
    'IPv4',
    { address: '203.0.113.7', port: 56324 },
    { address: '192.0.2.1', port: 443 },
    'PROXY TCP4 203.0.113.7 192.0.2.1 56324 443',
    '2111000ccb007107c0000201dc0401bb',
  ],
  [
    'IPv6',
    { address: '2001:db8::7', port: 0 },
    { address: '[2001:DB8:1:2:3:4:5:6]', port: 65535 },
    'PROXY TCP6 2001:db8:0:0:0:0:0:7 2001:db8:1:2:3:4:5:6 0 65535',
    `21210024${'20010db8000000000000000000000007'}${'20010db8000100020003000400050006'}0000ffff`,
  ],
  [
    '::',
    { address: '::', port: 1 },
    { address: '::1', port: 2 },
    'PROXY TCP6 0:0:0:0:0:0:0:0 0:0:0:0:0:0:0:1 1 2',
    `21210024${'0'.repeat(32)}${'0'.repeat(31)}100010002`,
  ],
  [
    'zeros in the middle and at the end',
    { address: '1::8', port: 1 },
    { address: 'fe80::', port: 2 },
    'PROXY TCP6 1:0:0:0:0:0:0:8 fe80:0:0:0:0:0:0:0 1 2',
    `21210024${'00010000000000000000000000000008'}${'fe800000000000000000000000000000'}00010002`,
  ],
  [
    'IPv4 that is written as IPv6',
    { address: '::ffff:203.0.113.7', port: 1 },
    { address: '[::ffff:c000:201]', port: 2 },
    'PROXY TCP4 203.0.113.7 192.0.2.1 1 2',
    '2111000ccb007107c000020100010002',
  ],
  [
    'a client of IPv6 at a service of IPv4',
    { address: '2001:db8::7', port: 1 },
    { address: '192.0.2.1', port: 2 },
    'PROXY TCP6 2001:db8:0:0:0:0:0:7 0:0:0:0:0:ffff:c000:201 1 2',
    `21210024${'20010db8000000000000000000000007'}${'00000000000000000000ffffc0000201'}00010002`,
  ],
  [
    'a client of IPv4 at a service of IPv6',
    { address: '203.0.113.7', port: 1 },
    { address: '2001:db8::7', port: 2 },
    'PROXY TCP6 0:0:0:0:0:ffff:cb00:7107 2001:db8:0:0:0:0:0:7 1 2',
    `21210024${'00000000000000000000ffffcb007107'}${'20010db8000000000000000000000007'}00010002`,
  ],
  [
    'a service that is known by its name',
    { address: '203.0.113.7', port: 1 },
    { address: 'db.example.com', port: 5432 },
    'PROXY TCP4 203.0.113.7 0.0.0.0 1 5432',
    '2111000ccb0071070000000000011538',
  ],
  [
    'a service of which nothing is known',
    { address: '2001:db8::7', port: 1 },
    null,
    'PROXY TCP6 2001:db8:0:0:0:0:0:7 0:0:0:0:0:0:0:0 1 0',
    `21210024${'20010db8000000000000000000000007'}${'0'.repeat(32)}00010000`,
  ],
];

describe('the header of the PROXY protocol', () => {
  it.each(VECTORS)('names %s', (_, client, service, line, rest) => {
    expect(decode(proxyHeader(1, client, service))).toBe(`${line}\r\n`);
    expect(hex(proxyHeader(2, client, service))).toBe(SIGNATURE + rest);
  });

  it.each([
    null,
    { address: '', port: 1 },
    { address: 'unknown', port: 1 },
    { address: '203.0.113.7:80', port: 1 },
    { address: '1.2.3.4\r\nPROXY TCP4 9.9.9.9', port: 1 },
    { address: 'fe80::1%eth0', port: 1 },
    { address: '1.2.3', port: 1 },
    { address: '256.1.1.1', port: 1 },
    { address: '1:2:3:4:5:6:7:8:9', port: 1 },
  ])('says that a client is unknown: %j', (client) => {
    const service = { address: '192.0.2.1', port: 443 };
    expect(decode(proxyHeader(1, client, service))).toBe('PROXY UNKNOWN\r\n');
    expect(hex(proxyHeader(2, client, service))).toBe(`${SIGNATURE}20000000`);
  });

  it('is never longer in version 1 than the 107 bytes that a reader must keep for it', () => {
    const widest = { address: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', port: 65535 };
    expect(proxyHeader(1, widest, widest).length).toBeLessThanOrEqual(107);
  });
});
