import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublicAddress } from '../../../src/util/public-address.ts';

const RUNS = { numRuns: 500, seed: 1 };

/** Blocks of IPv4 that are not for everybody: each with its first and last address, and the neighbours outside. */
const BLOCKS: [first: string, last: string, before: string | null, after: string | null][] = [
  ['0.0.0.0', '0.255.255.255', null, '1.0.0.0'],
  ['10.0.0.0', '10.255.255.255', '9.255.255.255', '11.0.0.0'],
  ['100.64.0.0', '100.127.255.255', '100.63.255.255', '100.128.0.0'],
  ['127.0.0.0', '127.255.255.255', '126.255.255.255', '128.0.0.0'],
  ['168.63.129.16', '168.63.129.16', '168.63.129.15', '168.63.129.17'],
  ['169.254.0.0', '169.254.255.255', '169.253.255.255', '169.255.0.0'],
  ['172.16.0.0', '172.31.255.255', '172.15.255.255', '172.32.0.0'],
  ['192.0.0.0', '192.0.0.255', '191.255.255.255', '192.0.1.0'],
  ['192.0.2.0', '192.0.2.255', '192.0.1.255', '192.0.3.0'],
  ['192.88.99.0', '192.88.99.255', '192.88.98.255', '192.88.100.0'],
  ['192.168.0.0', '192.168.255.255', '192.167.255.255', '192.169.0.0'],
  ['198.18.0.0', '198.19.255.255', '198.17.255.255', '198.20.0.0'],
  ['198.51.100.0', '198.51.100.255', '198.51.99.255', '198.51.101.0'],
  ['203.0.113.0', '203.0.113.255', '203.0.112.255', '203.0.114.0'],
  ['224.0.0.0', '255.255.255.255', '223.255.255.255', null],
];

describe.each(BLOCKS)('from %s to %s', (first, last, before, after) => {
  it('no address is public', () => {
    expect([first, last].map(isPublicAddress)).toEqual([false, false]);
  });

  it('ends there', () => {
    const outside = [before, after].filter((address) => address !== null);
    expect(outside.map(isPublicAddress)).toEqual(outside.map(() => true));
  });
});

describe('an address that is not public', () => {
  it.each([
    // What clouds tell about a machine, secrets included.
    ...['169.254.169.254', '169.254.170.2', '100.100.100.200', '192.0.0.192', '168.63.129.16', 'fd00:ec2::254'],
    ...[
      'metadata.google.internal',
      'metadata.goog',
      'metadata',
      'instance-data.ec2.internal',
      'METADATA.GOOGLE.INTERNAL.',
    ],
    // Loopback, in the spellings of inet_aton and of URLs.
    ...[
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0x7f.1',
      '0177.0.0.1',
      '017700000001',
      '127.0.0.01',
      '0',
      '0.0.0.0',
    ],
    ...[
      '127.0.0.1.',
      '１２７.０.０.１',
      '127。0。0。1',
      '①②⑦.0.0.1',
      '%31%32%37.0.0.1',
      '127.0.0.1%2f',
      '127.0.0.1#',
      'a@127.0.0.1',
    ],
    // 10.0.0.1 and 169.254.169.254 likewise.
    ...[
      '10.1',
      '167772161',
      '0xa000001',
      '012.0.0.1',
      '2852039166',
      '0xa9fea9fe',
      '0251.0376.0251.0376',
      '169.16689662',
    ],
    // Names that lead inside.
    ...['localhost', 'LocalHost', 'localhost.', 'a.localhost', 'localhost.localdomain', 'ip6-localhost', 'db.internal'],
    ...[
      'printer.local',
      'db.INTERNAL',
      'a.b.internal.',
      'intranet',
      'redis',
      'wiki.intranet',
      'x.lan',
      'x.home.arpa',
      'x.corp',
      'x.test',
    ],
    // IPv6: unspecified, loopback, link-local, site-local, unique local, multicast, discard.
    ...[
      '::',
      '::1',
      '[::1]',
      '0:0:0:0:0:0:0:1',
      '[0000::0001]',
      'fe80::1',
      'febf::1',
      'fec0::1',
      'fc00::',
      'fdff::1',
      'ff02::1',
      '100::1',
    ],
    ...['fe80::1%eth0', '[fe80::1%25lo]', '::1%lo', '[::1', '::1]', '[[::1]]'],
    // IPv6 that holds IPv4: mapped, compatible, translated, NAT64, 6to4, Teredo.
    ...['::ffff:127.0.0.1', '::ffff:7f00:1', '[::FFFF:10.0.0.1]', '::127.0.0.1', '::7f00:1', '::ffff:0:127.0.0.1'],
    ...[
      '64:ff9b::127.0.0.1',
      '64:ff9b::a00:1',
      '64:ff9b:1::10.0.0.1',
      '2002:7f00:1::',
      '2002:a9fe:a9fe::1',
      '2002:0a00:0001::1',
    ],
    ...['2001:0:4136:e378:8000:63bf:3fff:fdd2', '2001::1', '2001:0:7f00:1::'],
    // IPv6 for documentation, benchmarks, identifiers and segment routing.
    ...[
      '2001:db8::1',
      '2001:db8:ffff::',
      '3fff::1',
      '3fff:fff::1',
      '2001:2::1',
      '2001:10::1',
      '2001:20::1',
      '2001:1ff::1',
      '5f00::1',
    ],
    // No host.
    ...['', '.', '*', 'a b', 'a..b.example', '[]', 'http://example.com', 'example.com:80', 'example.com/'],
  ])('is "%s"', (host) => {
    expect(isPublicAddress(host)).toBe(false);
  });

  it('is no IPv6 address outside of what has been given out, whatever it holds', () => {
    const group = fc.nat(0xffff).map((number) => number.toString(16));
    fc.assert(
      fc.property(fc.nat(0xffff), fc.array(group, { minLength: 7, maxLength: 7 }), (first, rest) => {
        fc.pre(first < 0x2000 || first > 0x3fff);
        expect(isPublicAddress(`${first.toString(16)}:${rest.join(':')}`)).toBe(false);
      }),
      RUNS,
    );
  });

  it.each(['::ffff:', '::', '64:ff9b::'])('is no IPv4 address behind %s', (prefix) => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(isPublicAddress(`${prefix}${address}`)).toBe(false);
      }),
      RUNS,
    );
  });

  it('is one that a URL reads as another than it says', () => {
    fc.assert(
      fc.property(fc.ipV4Extended(), (address) => {
        const { hostname } = new URL(`http://${address}`);
        expect(isPublicAddress(address)).toBe(hostname === address && isPublicAddress(hostname));
      }),
      RUNS,
    );
  });

  it('is a name below one that is not public', () => {
    fc.assert(
      fc.property(fc.domain(), fc.constantFrom('localhost', 'internal', 'local', 'home.arpa'), (name, closed) => {
        expect(isPublicAddress(`${name}.${closed}`)).toBe(false);
      }),
      RUNS,
    );
  });
});

describe('a public address', () => {
  it.each([
    ...['1.1.1.1', '8.8.8.8', '93.184.216.34', '223.255.255.255', '100.128.0.1', '172.32.0.1', '192.0.1.1'],
    ...[
      '2606:4700:4700::1111',
      '[2606:4700::1111]',
      '2a00:1450:4001:800::200e',
      '2001:200::1',
      '2001:4860:4860::8888',
      '2003::1',
    ],
    ...['3ffe::1', '3fff:1000::1', '2001:db7:ffff::1', '2001:db9::1', '2620:4f:8000::1'],
    ...[
      'example.com',
      'DB.Example.com',
      'a.b.c.example',
      'notlocalhost.example',
      'localhost.example.com',
      'internal.example',
      'xn--bcher-kva.example',
    ],
  ])('is "%s"', (host) => {
    expect(isPublicAddress(host)).toBe(true);
  });
});

it('takes a name for public that may resolve to anything', () => {
  expect(isPublicAddress('127.0.0.1.nip.io')).toBe(true);
});
