import { expect, it } from 'vitest';
import { parseDialPattern } from '../../../src/config/dial-pattern.ts';

it.each([
  ['db.example.com:5432', { wildcard: false, name: 'db.example.com' }, [5432, 5432]],
  ['DB.Example.com:1-65535', { wildcard: false, name: 'db.example.com' }, [1, 65_535]],
  ['*.example.com:443', { wildcard: true, name: 'example.com' }, [443, 443]],
  ['*.com:443', { wildcard: true, name: 'com' }, [443, 443]],
  ['192.0.2.1:8000-8010', { wildcard: false, name: '192.0.2.1' }, [8000, 8010]],
  ['[2001:DB8::0:1]:22', { wildcard: false, name: '[2001:db8::1]' }, [22, 22]],
  ['*:22', null, [22, 22]],
  ['a:7-7', { wildcard: false, name: 'a' }, [7, 7]],
])('takes %s apart', (text, host, ports) => {
  expect(parseDialPattern(text)).toEqual({ host, ports });
});

it.each([
  ...[
    '',
    ':',
    '*',
    'a',
    'a:',
    ':22',
    'a:0',
    'a:65536',
    'a:100000',
    'a:2-1',
    'a:1-',
    'a:-1',
    'a:1-2-3',
    'a:*',
    'a: 1',
    'a:1 ',
  ],
  ...[
    '*.:1',
    '**:1',
    '*a:1',
    'a.*:1',
    '*.*.a:1',
    '*.192.0.2.1:22',
    '*.[::1]:22',
    '::1:22',
    '2001:db8::1',
    '[::1]',
    'a:1\n',
  ],
  ...[
    '0x7f.1:22',
    '127.1:22',
    'a.:22',
    'a b:22',
    'tcp://a:22',
    'a:22/',
    'u@a:22',
    '[fe80::1%1]:22',
    'bücher.example:22',
  ],
])('refuses "%s"', (text) => {
  expect(parseDialPattern(text)).toBe(
    'must be a host and ports, such as "db.example.com:5432", "*.example.com:443", "[2001:db8::1]:8000-8010" or "*:22"',
  );
});
