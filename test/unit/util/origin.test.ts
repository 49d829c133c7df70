import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseOrigin } from '../../../src/util/origin.ts';

const RUNS = { numRuns: 200, seed: 1 };

it.each([
  ['https://example.com', { scheme: 'https', host: 'example.com', port: '443' }],
  ['http://example.com', { scheme: 'http', host: 'example.com', port: '80' }],
  ['wss://example.com', { scheme: 'wss', host: 'example.com', port: '443' }],
  ['ws://example.com', { scheme: 'ws', host: 'example.com', port: '80' }],
  ['https://example.com:443', { scheme: 'https', host: 'example.com', port: '443' }],
  ['https://example.com:8443', { scheme: 'https', host: 'example.com', port: '8443' }],
  ['https://example.com:80', { scheme: 'https', host: 'example.com', port: '80' }],
  ['HTTPS://EXAMPLE.com', { scheme: 'https', host: 'example.com', port: '443' }],
  ['https://example.com.', { scheme: 'https', host: 'example.com.', port: '443' }],
  ['https://bücher.example', { scheme: 'https', host: 'xn--bcher-kva.example', port: '443' }],
  ['https://xn--bcher-kva.example', { scheme: 'https', host: 'xn--bcher-kva.example', port: '443' }],
  ['http://192.0.2.1:8080', { scheme: 'http', host: '192.0.2.1', port: '8080' }],
  ['http://[::1]:8080', { scheme: 'http', host: '[::1]', port: '8080' }],
  ['http://[0:0::0001]', { scheme: 'http', host: '[::1]', port: '80' }],
  ['chrome-extension://AbCdEf', { scheme: 'chrome-extension', host: 'abcdef', port: '' }],
])('takes %s apart', (text, origin) => {
  expect(parseOrigin(text)).toEqual(origin);
});

it.each([
  ['nothing', ''],
  ['the opaque origin', 'null'],
  ['a host alone', 'example.com'],
  ['a host without its scheme', '//example.com'],
  ['a scheme alone', 'https://'],
  ['a scheme without slashes', 'https:example.com'],
  ['a trailing slash', 'https://example.com/'],
  ['a path', 'https://example.com/a'],
  ['a query', 'https://example.com?a'],
  ['a fragment', 'https://example.com#a'],
  ['a backslash', 'https://example.com\\a'],
  ['a user', 'https://user@example.com'],
  ['a user and a password', 'https://user:password@example.com'],
  ['a user in place of the host', 'https://example.com@evil.example'],
  ['two origins', 'https://a.example https://b.example'],
  ['two origins in a list', 'https://a.example, https://b.example'],
  ['two origins in a tight list', 'https://a.example,https://b.example'],
  ['white space before', ' https://example.com'],
  ['white space after', 'https://example.com '],
  ['a tab, which URL parsers drop', 'https://exam\tple.com'],
  ['a line feed, which URL parsers drop', 'https://example.com\n'],
  ['a port that is none', 'https://example.com:a'],
  ['a port that is too high', 'https://example.com:65536'],
  ['an encoded slash', 'https://example.com%2f.evil.example'],
  ['a NUL', 'https://example.com%00.evil.example'],
  ['half an IPv6 address', 'https://[::1'],
])('refuses %s', (_, text) => {
  expect(parseOrigin(text)).toBeNull();
});

it('never throws', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `https://${text}`),
      ),
      (text) => {
        expect(() => parseOrigin(text)).not.toThrow();
      },
    ),
    RUNS,
  );
});

it('gives the parts back of which an origin was written', () => {
  fc.assert(
    fc.property(fc.domain(), fc.integer({ min: 1, max: 65_535 }), (host, port) => {
      expect(parseOrigin(`https://${host}:${port}`)).toEqual({
        scheme: 'https',
        host: host.toLowerCase(),
        port: String(port),
      });
    }),
    RUNS,
  );
});
