import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Route } from '../../../src/config/config.ts';
import { matchRoute, otherReading } from '../../../src/config/match.ts';
import { parseConfig } from '../../../src/config/parse.ts';

const RUNS = { numRuns: 200, seed: 1 };
const target = { kind: 'room', room: 'lobby' } as const;
type Row = Pick<Route, 'host' | 'path'>;

function match(rows: readonly Row[], url: string) {
  return matchRoute(parseConfig({ routes: rows.map((row) => ({ ...row, target })) }), new URL(url));
}

/** The parameters that one pattern finds in a path; null where it does not take it. */
const paramsOf = (path: string, actual: string) => match([{ path }], `http://a.example${actual}`)?.params ?? null;

/** The name of the route taken, which by default is its host and path. */
const nameOf = (rows: readonly Row[], url: string) => match(rows, url)?.route.name ?? null;

describe('a host', () => {
  it.each([
    [undefined, 'http://any.example/'],
    ['a.example', 'http://a.example/'],
    ['a.example', 'https://a.example:8443/'],
    ['a.example', 'http://a.example./'],
    ['A.Example', 'http://a.eXAMPLE/'],
    ['*.example', 'http://a.example/'],
    ['*.example', 'http://b.a.example/'],
    ['*.Example', 'http://A.EXAMPLE:8080/'],
    ['xn--bcher-kva.example', 'http://bücher.example/'],
    ['[::1]', 'http://[0:0::1]:8080/'],
    ['192.0.2.1', 'http://192.0.2.1/'],
  ])('%s takes %s', (host, url) => {
    expect(match([{ host, path: '/' }], url)).not.toBeNull();
  });

  it.each([
    ['a.example', 'http://b.a.example/'],
    ['a.example', 'http://a.example.evil.example/'],
    ['a.example', 'http://a.exampl/'],
    ['a.example', 'http://a.example@b.example/'],
    ['*.example', 'http://example/'],
    ['*.example', 'http://evilexample/'],
    ['*.a.example', 'http://evila.example/'],
    ['[::1]', 'http://[::2]/'],
  ])('%s does not take %s', (host, url) => {
    expect(match([{ host, path: '/' }], url)).toBeNull();
  });
});

describe('a path', () => {
  it.each([
    ['/', '', {}],
    ['/', '/?a=/b#/c', {}],
    ['/text', '/text', {}],
    ['/text', '/a/../text', {}],
    ['/text/', '/text/', {}],
    ['/rooms/:room', '/rooms/a', { room: 'a' }],
    ['/:a/x/:b', '/1/x/2', { a: '1', b: '2' }],
    ['/*', '/', {}],
    ['/*', '/a/b', {}],
    ['/live/*', '/live', {}],
    ['/live/*', '/live/', {}],
    ['/live/*', '/live/a/b', {}],
    ['/live/:id/*', '/live/7/a', { id: '7' }],
    ['/rooms', '/%72oom%73', {}],
    ['/café', '/caf%c3%a9', {}],
    ['/café', '/café', {}],
    ['/a%2Fb', '/a%2Fb', {}],
    ['/100%25', '/100%25', {}],
    ['/caf%C3%A9', '/caf%c3%a9', {}],
    ['/%72ooms', '/rooms', {}],
  ])('%s takes %s', (pattern, actual, params) => {
    expect(paramsOf(pattern, actual)).toEqual(params);
  });

  it.each([
    ['/', '/a'],
    ['/', '//'],
    ['/text', '/'],
    ['/text', '/textual'],
    ['/text', '/tex'],
    ['/text', '/Text'],
    ['/text', '/text/'],
    ['/text', '//text'],
    ['/text', '/text%2F'],
    ['/text', '/text%00'],
    ['/text', '/te%ffxt'],
    ['/text', '/text%'],
    ['/text/', '/text'],
    ['/text/', '/text//'],
    ['/a/b', '/a%2Fb'],
    ['/rooms/:room', '/rooms'],
    ['/rooms/:room', '/rooms/a/b'],
    ['/rooms/:room', '/rooms/a/'],
    ['/live/*', '/lively'],
    ['/live/*', '/'],
    ['/live/:id/*', '/live'],
  ])('%s does not take %s', (pattern, actual) => {
    expect(paramsOf(pattern, actual)).toBeNull();
  });

  it.each(['a%2Fb', '%ff', 'caf%C3%A9', '%2E%2E%2F', '%', 'a+b', ''])('hands "%s" on raw as a parameter', (raw) => {
    expect(paramsOf('/rooms/:room', `/rooms/${raw}`)).toEqual({ room: raw });
  });
});

describe('the most specific route', () => {
  // Each row names the better route first.
  it.each<[string, Row, Row, string]>([
    ['a literal before a parameter', { path: '/a' }, { path: '/:x' }, '/a'],
    ['a parameter before the rest', { path: '/:x' }, { path: '/*' }, '/a'],
    ['a literal before the rest', { path: '/a' }, { path: '/*' }, '/a'],
    ['a path that ends before the rest', { path: '/a' }, { path: '/a/*' }, '/a'],
    ['the empty literal before a parameter', { path: '/a/' }, { path: '/a/:x' }, '/a/'],
    ['the earlier literal', { path: '/a/:x' }, { path: '/:x/b' }, '/a/b'],
    ['the earlier literal before the longer path', { path: '/a/*' }, { path: '/:x/b/c' }, '/a/b/c'],
    ['the longer path before the rest', { path: '/a/:x/*' }, { path: '/a/*' }, '/a/b'],
    ['an encoded literal before a parameter', { path: '/rooms' }, { path: '/:x' }, '/%72ooms'],
    ['an exact host before a wildcard', { host: 'b.a.example', path: '/*' }, { host: '*.a.example', path: '/x' }, '/x'],
    ['an exact host before none', { host: 'b.a.example', path: '/*' }, { path: '/x' }, '/x'],
    ['a wildcard before none', { host: '*.example', path: '/*' }, { path: '/x' }, '/x'],
    ['a longer wildcard', { host: '*.a.example', path: '/*' }, { host: '*.example', path: '/x' }, '/x'],
  ])('is %s, whichever stands first', (_, better, worse, path) => {
    const url = `http://b.a.example${path}`;
    const expected = `${better.host ?? ''}${better.path}`;
    expect(nameOf([better, worse], url)).toBe(expected);
    expect(nameOf([worse, better], url)).toBe(expected);
  });

  it('leaves the others what only they take', () => {
    const rows = [{ path: '/:x' }, { path: '/a' }, { path: '/a/*' }, { path: '/*' }];
    expect(['/a', '/b', '/a/b', '/b/c'].map((path) => nameOf(rows, `http://a.example${path}`))).toEqual([
      ...['/a', '/:x', '/a/*', '/*'],
    ]);
  });

  it('is the same whatever the order of the table', () => {
    const host = fc.constantFrom(undefined, 'b.a.example', 'a.example', '*.a.example', '*.example');
    const segments = fc.array(fc.constantFrom('a', 'b', ':'), { maxLength: 3 });
    const path = fc.tuple(segments, fc.constantFrom('', 'a', ':', '*')).map(([first, last]) =>
      // Parameters are named by their place, so that two rows of one shape are equal.
      ['', ...first, last].map((text, index) => (text === ':' ? `:p${index}` : text)).join('/'),
    );
    const table = fc
      .uniqueArray(fc.record({ host, path }), { minLength: 2, selector: (row) => `${row.host}${row.path}` })
      .chain((rows) => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })));
    const url = fc
      .tuple(fc.constantFrom('b.a.example', 'a.example', 'c.example'), fc.array(fc.constantFrom('a', 'b', 'c', '')))
      .map(([name, texts]) => `http://${name}/${texts.join('/')}`);
    fc.assert(
      fc.property(table, url, ([rows, shuffled], actual) => {
        expect(nameOf(shuffled, actual)).toBe(nameOf(rows, actual));
      }),
      RUNS,
    );
  });
});

it('finds nothing where no route takes the path', () => {
  expect(match([{ path: '/a' }, { path: '/b/:x' }], 'http://a.example/b')).toBeNull();
});

it('never throws, whatever the path', () => {
  const text = fc.string({ unit: fc.constantFrom(...'%2Ff0c3/.:*é\\?#', '%C3', '\ud800') });
  fc.assert(
    fc.property(text, (path) => {
      expect(nameOf([{ path: '/é/:x' }, { path: '/*' }], `http://a.example/${path}`)).toBeTypeOf('string');
    }),
    RUNS,
  );
});

describe('a path that another server could take for one of another route', () => {
  const config = parseConfig({
    routes: ['/guarded/*', '/app/*'].map((path) => ({ path, target: { kind: 'room', room: 'x' } })),
  });
  const otherOf = (path: string) => {
    const url = new URL(`http://a.example${path}`);
    return otherReading(config, url, matchRoute(config, url))?.name ?? null;
  };

  it.each([
    '//guarded/x',
    '///guarded//x',
    '/guarded%2Fx',
    '/%2fguarded/x',
    '/%67uarded%2fx',
    '/guarded%5cx',
    '/app/..%2fguarded/x',
    '/app/..%5C..%5Cguarded/x',
    '/app/%2e%2e%2fguarded/x',
    '/app/x/..%2f..%2fguarded',
    '/./%2Fguarded',
    '//guarded',
  ])('is told: %s', (path) => {
    expect(otherOf(path)).toBe('/guarded/*');
  });

  it.each([
    '/app/x',
    '/app//x',
    '/app/a%2Fb',
    '/app/..%2fapp/x',
    '/app/..%2fnowhere',
    '/guarded/x',
    '/guarded//x',
    '/guarded%252fx',
    '/nowhere',
    '//nowhere',
    '//',
    '/app/guarded%2fx',
  ])('is not any other: %s', (path) => {
    expect(otherOf(path)).toBeNull();
  });
});
