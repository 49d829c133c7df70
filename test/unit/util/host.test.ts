import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHost, toHostPort } from '../../../src/util/host.ts';

const RUNS = { numRuns: 300, seed: 1 };

/** Spellings of 127.0.0.1 and its like that some programs take, and text that is no host at all. */
const ODD = [
  ...[
    '2130706433',
    '0x7f000001',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '127.1',
    '127.0.1',
    '127.0.0.01',
    '127.0.0.1.',
    '00.0.0.0',
  ],
  ...[
    '256.0.0.1',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.4:80',
    '1.2.3.-4',
    '1.2.3.4/8',
    '0x',
    '1.0x',
    'a.0x7f',
    'a.1',
    '+1.2.3.4',
  ],
  ...[
    '１２７.0.0.1',
    '127。0。0。1',
    '①②⑦.0.0.1',
    'ｌocalhost',
    'bücher.example',
    '127.0.0.1%00',
    '127.0.0.1\n',
    ' 127.0.0.1',
  ],
  ...[
    '',
    '.',
    '..',
    'a..b',
    '.a',
    'a.',
    'localhost.',
    '-a',
    'a-',
    'a b',
    'a/b',
    'a?b',
    'a#b',
    'a@b',
    'a:80',
    'a%2eb',
    '*',
  ],
  ...[
    'fe80::1%eth0',
    '[fe80::1%25eth0]',
    '[::1',
    '::1]',
    '[]',
    '[[::1]]',
    '[127.0.0.1]',
    '[a]',
    ':::',
    '1:2:3',
    '::1::',
  ],
  ...['::1]:80', '[::1]:80', '::127.1', '::ffff:0x7f.1', '::ffff:127.0.0.1.', '12345::', 'g::', '1:2:3:4:5:6:7:8:9'],
  ...[`${'a'.repeat(64)}.example`, `${'a.'.repeat(126)}aa`],
];

describe('a host', () => {
  it.each([
    ['example.com', 'example.com'],
    ['DB.Example.COM', 'db.example.com'],
    ['a', 'a'],
    ['_service.a-b.c_d', '_service.a-b.c_d'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['1.example', '1.example'],
    ['1.2.3.4a', '1.2.3.4a'],
    [`${'a'.repeat(63)}.b`, `${'a'.repeat(63)}.b`],
    [`${'a.'.repeat(126)}a`, `${'a.'.repeat(126)}a`],
  ])('is the name %s', (text, name) => {
    expect(toHost(text)).toEqual({ kind: 'name', text: name });
  });

  it.each([
    ['0.0.0.0', [0, 0, 0, 0]],
    ['192.0.2.1', [192, 0, 2, 1]],
    ['255.255.255.255', [255, 255, 255, 255]],
  ])('is the IPv4 address %s', (text, bytes) => {
    expect(toHost(text)).toEqual({ kind: 'ipv4', text, bytes });
  });

  it.each([
    ['::', '[::]', [0, 0, 0, 0, 0, 0, 0, 0]],
    ['::1', '[::1]', [0, 0, 0, 0, 0, 0, 0, 1]],
    ['[::1]', '[::1]', [0, 0, 0, 0, 0, 0, 0, 1]],
    ['2001:DB8:0::0:1', '[2001:db8::1]', [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]],
    ['1:2:3:4:5:6:7:8', '[1:2:3:4:5:6:7:8]', [1, 2, 3, 4, 5, 6, 7, 8]],
    ['::ffff:127.0.0.1', '[::ffff:7f00:1]', [0, 0, 0, 0, 0, 0xffff, 0x7f00, 1]],
  ])('is the IPv6 address %s', (text, canonical, groups) => {
    expect(toHost(text)).toEqual({ kind: 'ipv6', text: canonical, groups });
  });

  it.each(ODD)('is not "%s"', (text) => {
    expect(toHost(text)).toBeNull();
  });

  it('is what a URL makes of its spelling, so that nobody dials anything else', () => {
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom(...'0123456789abcdefx.:[]-_%') }),
      fc.ipV4Extended(),
      fc.ipV6(),
      fc.domain(),
    );
    fc.assert(
      fc.property(text, (input) => {
        const host = toHost(input);
        if (host !== null) expect(new URL(`http://${host.text}/`).hostname).toBe(host.text);
      }),
      RUNS,
    );
  });
});

describe('a host with a port', () => {
  it.each([
    ['example.com:1', 'example.com', 1],
    ['A:65535', 'a', 65_535],
    ['192.0.2.1:22', '192.0.2.1', 22],
    ['[2001:DB8::1]:443', '[2001:db8::1]', 443],
  ])('is read from %s', (text, host, port) => {
    expect(toHostPort(text)).toEqual({ host, port });
  });

  it.each([
    ...[
      '',
      ':',
      'a',
      'a:',
      ':80',
      'a:0',
      'a:00080',
      'a:65536',
      'a:100000',
      'a:8e1',
      'a:-1',
      'a: 80',
      'a:80 ',
      'a:80\n',
    ],
    ...['a:80:80', 'a\n:80', '::1:80', '1:2:3:4:5:6:7:8', '[::1]', '[::1]80', 'http://a:80', 'a:80/', 'a:٨٠', 'b@a:80'],
  ])('is not "%s"', (text) => {
    expect(toHostPort(text)).toBeNull();
  });
});
