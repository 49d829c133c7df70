import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addressKey } from '../../../src/util/address.ts';

const RUNS = { numRuns: 200, seed: 1 };

it('keeps an IPv4 address as it is', () => {
  expect(addressKey('192.0.2.1')).toBe('192.0.2.1');
});

it.each([
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['2001:db8::1:0:0:0:1', '2001:db8:0:1'],
  ['::1', '0:0:0:0'],
  ['::', '0:0:0:0'],
  ['1::', '1:0:0:0'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0'],
])('counts %s by its /64 network', (address, network) => {
  expect(addressKey(address)).toBe(network);
});

it.each(['2001:DB8::1', '2001:0db8:0000:0000::1', '2001:db8:0:0:0:0:0:1', '2001:db8::ffff:192.0.2.1'])(
  'counts %s with the other spellings of its network',
  (address) => {
    expect(addressKey(address)).toBe(addressKey('2001:db8::'));
  },
);

it('counts an IPv4 address that is written as IPv6 as the address that it is', () => {
  expect(addressKey('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(addressKey('::FFFF:C000:0202')).toBe('192.0.2.2');
});

it.each(['', 'localhost', 'a:b', '1:2:3', '::1::', 'fe80::1%eth0', '[::1]', '[::1]:80', '1:2:3:4:5:6:7:8:9'])(
  'keeps "%s", which is no address',
  (text) => {
    expect(addressKey(text)).toBe(text);
  },
);

it('never throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...':.[]%/@0af') })), (text) => {
      expect(addressKey(text)).toBeTypeOf('string');
    }),
    RUNS,
  );
});

it('gives every IPv6 address the key of its first four groups', () => {
  const group = fc.nat(0xffff).map((number) => number.toString(16));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      // Below ::/96 lie the addresses that stand for IPv4.
      fc.pre(groups.slice(0, 4).some((text) => text !== '0'));
      expect(addressKey(groups.join(':'))).toBe(groups.slice(0, 4).join(':'));
    }),
    RUNS,
  );
});
