import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Segment } from '../../../src/config/config.ts';
import { paramNames, parseHost, parseOriginPattern, parsePath, templateParams } from '../../../src/config/pattern.ts';

const RUNS = { numRuns: 200, seed: 1 };
const literal = (text: string): Segment => ({ kind: 'literal', text });
const param = (name: string): Segment => ({ kind: 'param', name });
const rest: Segment = { kind: 'rest' };

describe('parsePath', () => {
  it.each([
    ['/', [literal('')]],
    ['/text', [literal('text')]],
    ['/text/', [literal('text'), literal('')]],
    ['/a/b.c/d-e', [literal('a'), literal('b.c'), literal('d-e')]],
    ['/rooms/:room', [literal('rooms'), param('room')]],
    ['/:a/x/:b_2', [param('a'), literal('x'), param('b_2')]],
    ['/*', [rest]],
    ['/live/:id/*', [literal('live'), param('id'), rest]],
    ['/café', [literal('café')]],
  ])('takes %s apart', (path, segments) => {
    expect(parsePath(path)).toEqual(segments);
  });

  it.each([
    ['', 'must start with "/"'],
    ['text', 'must start with "/"'],
    ['*', 'must start with "/"'],
    ['//', 'has an empty segment: write one "/" at a time'],
    ['/a//b', 'has an empty segment: write one "/" at a time'],
    ['/*/a', '"*" takes the rest of a path and can only be its last segment'],
    ['/*/', '"*" takes the rest of a path and can only be its last segment'],
    ['/100%', 'has a bad segment "100%": what follows a "%" must be the bytes of UTF-8'],
    ['/a/../b', 'has a segment "..", which no URL has left when it arrives'],
    ['/%2e', 'has a segment "%2e", which no URL has left when it arrives'],
    ['/:a/b/:a', 'names a parameter twice: give each its own name'],
    ...['a*', '**', ':', ':1', ':_', ':__proto__', ':é', ':a-b', 'a:b', ':a:b', 'a b', 'a\tb', 'a?b', 'a#b'].map(
      (text) => [`/${text}`, `has a bad segment "${text}": write text, ":name", or "*" as the last one`],
    ),
  ])('refuses "%s"', (path, message) => {
    expect(parsePath(path)).toBe(message);
  });

  it('gives the segments back of which a pattern was written', () => {
    const name = fc.stringMatching(/^[A-Za-z]\w{0,5}$/);
    const middle = fc.oneof(
      fc
        .string({ unit: 'grapheme', minLength: 1 })
        .filter((text) => !/^\.\.?$/.test(text))
        .map(literal),
      name.map(param),
    );
    const segments = fc
      .tuple(fc.array(middle, { maxLength: 4 }), fc.oneof(middle, fc.constant(rest), fc.constant(literal(''))))
      .map(([first, last]) => [...first, last])
      .filter((all) => new Set(paramNames(all)).size === paramNames(all).length);
    const write = (segment: Segment) =>
      segment.kind === 'literal'
        ? encodeURIComponent(segment.text)
        : segment.kind === 'param'
          ? `:${segment.name}`
          : '*';
    fc.assert(
      fc.property(segments, (expected) => {
        expect(parsePath(`/${expected.map(write).join('/')}`)).toEqual(expected);
      }),
      RUNS,
    );
  });
});

describe('parseHost', () => {
  it.each([
    ['example.com', { wildcard: false, name: 'example.com' }],
    ['Chat.Example.COM', { wildcard: false, name: 'chat.example.com' }],
    ['*.Example.com', { wildcard: true, name: 'example.com' }],
    ['localhost', { wildcard: false, name: 'localhost' }],
    ['a_b.example', { wildcard: false, name: 'a_b.example' }],
    ['xn--bcher-kva.example', { wildcard: false, name: 'xn--bcher-kva.example' }],
    ['192.0.2.1', { wildcard: false, name: '192.0.2.1' }],
    ['[::1]', { wildcard: false, name: '[::1]' }],
    ['[2001:DB8::1]', { wildcard: false, name: '[2001:db8::1]' }],
    ['[0:0::1]', { wildcard: false, name: '[::1]' }],
    ['bücher.example', { wildcard: false, name: 'xn--bcher-kva.example' }],
    ['example.com.', { wildcard: false, name: 'example.com' }],
  ])('takes %s apart', (host, pattern) => {
    expect(parseHost(host)).toEqual(pattern);
  });

  it.each([
    ...['', '*', '*.', '*example.com', 'a.*.example', '*.*.example', '.example.com', 'a..example'],
    ...['-a.example', 'a-.example', 'a b', ' example.com', 'https://example.com', 'example.com:443', 'example.com/a'],
    ...['user@example.com', '::1', '*.[::1]', '[a]b', '[:::]', 'example.com\n'],
  ])('refuses "%s"', (host) => {
    expect(parseHost(host)).toBe(
      'must be a host name such as "chat.example.com" or "*.example.com", without scheme, port or path',
    );
  });

  it('gives the name back of which a pattern was written', () => {
    fc.assert(
      fc.property(fc.domain(), fc.boolean(), (name, wildcard) => {
        expect(parseHost(`${wildcard ? '*.' : ''}${name}`)).toEqual({ wildcard, name: name.toLowerCase() });
      }),
      RUNS,
    );
  });
});

describe('parseOriginPattern', () => {
  it.each([
    ['https://example.com', { scheme: 'https', wildcard: false, host: 'example.com', port: '443' }],
    ['https://*.example.com', { scheme: 'https', wildcard: true, host: 'example.com', port: '443' }],
    ['HTTP://*.EXAMPLE.com:8080', { scheme: 'http', wildcard: true, host: 'example.com', port: '8080' }],
    ['http://[::1]:3000', { scheme: 'http', wildcard: false, host: '[::1]', port: '3000' }],
    ['chrome-extension://abc', { scheme: 'chrome-extension', wildcard: false, host: 'abc', port: '' }],
  ])('takes %s apart', (text, pattern) => {
    expect(parseOriginPattern(text)).toEqual(pattern);
  });

  it.each([
    ...['', 'null', '*', 'example.com', '*.example.com', 'https://', 'https://*', 'https://*.', '*://example.com'],
    ...['https://example.com/', 'https://example.com/a', 'https://*.example.com/', 'https://user@example.com'],
    ...['https://*.*.example.com', 'https://a.*.example.com', 'https://a*.example.com', 'https://**.example.com'],
    ...['https://%2a.example.com', 'https://a.example https://*.b.example', 'https://example.com:*'],
  ])('refuses "%s"', (text) => {
    expect(parseOriginPattern(text)).toBe(
      'must be an origin such as "https://example.com" or "https://*.example.com", without a path',
    );
  });
});

describe('templateParams', () => {
  it.each([
    ['lobby', []],
    [':room', ['room']],
    ['games/:room', ['room']],
    [':a/:b', ['a', 'b']],
    [':a:b', ['a', 'b']],
    ['x:a.y', ['a']],
    [':room_2-:x', ['room_2', 'x']],
    [':a/:a', ['a', 'a']],
    ['12:30', []],
    ['a: b', []],
  ])('finds the parameters in "%s"', (template, names) => {
    expect(templateParams(template)).toEqual(names);
  });
});

it.each([
  ['parsePath', parsePath],
  ['parseHost', parseHost],
  ['parseOriginPattern', parseOriginPattern],
])('%s never throws', (_, parse: (text: string) => unknown) => {
  const near = fc.string({ unit: fc.constantFrom(...'/:*?#. a1-_[]%@\\', '://*.', 'é', '\ud800') });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        near,
        near.map((text) => `https://${text}`),
      ),
      (text) => {
        expect(() => parse(text)).not.toThrow();
      },
    ),
    RUNS,
  );
});
