import { describe, expect, it } from 'vitest';
import type { AllowedOrigins, Route } from '../../../src/config/config.ts';
import { Rejected } from '../../../src/config/errors.ts';
import { checkOrigin } from '../../../src/upgrade/origin.ts';
import { resolveRoute, upgradeRequest } from '../../support/requests.ts';

const NOT_ALLOWED = new Rejected('ERR_ORIGIN_NOT_ALLOWED');

type Sent = string | readonly string[] | null;

function check(origins: Route['origins'], Origin: Sent, url?: string): Rejected | null {
  return checkOrigin(resolveRoute({ origins }).origins, upgradeRequest({ Origin }, 'GET', url));
}

describe("'same'", () => {
  it.each([
    ['https://a.example/', 'https://a.example'],
    ['http://a.example/', 'http://a.example'],
    ['https://a.example/x?y', 'https://a.example:443'],
    ['https://A.EXAMPLE/', 'https://a.Example'],
    ['https://a.example:8443/', 'https://a.example:8443'],
    ['http://a.example:8080/', 'http://a.example:8080'],
    ['http://[::1]:8080/', 'http://[::1]:8080'],
    ['http://[0:0::1]/', 'http://[::1]'],
    ['https://xn--bcher-kva.example/', 'https://bücher.example'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example'],
    ['https://a.example./', 'https://a.example.'],
  ])('lets a request to %s come from %s', (url, origin) => {
    expect(check('same', origin, url)).toBeNull();
  });

  it('lets a page of https through where TLS ended in front of the router', () => {
    expect(check('same', 'https://a.example', 'http://a.example/')).toBeNull();
  });

  it.each([
    ['https://a.example/', 'http://a.example'],
    ['https://a.example/', 'https://a.example:444'],
    ['http://a.example/', 'https://a.example:8443'],
    ['http://a.example/', 'https://a.example:80'],
    ['http://a.example:8080/', 'https://a.example'],
    ['https://a.example:8443/', 'https://a.example'],
    ['https://a.example/', 'https://b.a.example'],
    ['https://b.a.example/', 'https://a.example'],
    ['https://a.example/', 'https://a.example.evil.example'],
    ['https://a.example/', 'https://evila.example'],
    ['https://a.example/', 'https://a.example.'],
    ['https://a.example./', 'https://a.example'],
    ['https://a.example/', 'https://a.example@evil.example'],
    ['http://[::1]/', 'http://[::2]'],
  ])('lets no request to %s come from %s', (url, origin) => {
    expect(check('same', origin, url)).toEqual(NOT_ALLOWED);
  });
});

describe('a list', () => {
  const exact = ['https://example.com', 'http://[::1]:3000', 'https://bücher.example'];

  it.each([
    'https://example.com',
    'https://EXAMPLE.com',
    'https://example.com:443',
    'http://[::1]:3000',
    'http://[0:0::1]:3000',
    'https://bücher.example',
    'https://xn--bcher-kva.example',
  ])('lets %s through', (origin) => {
    expect(check(exact, origin)).toBeNull();
  });

  it.each([
    'http://example.com',
    'wss://example.com',
    'http://example.com:443',
    'https://example.com:444',
    'https://www.example.com',
    'https://evilexample.com',
    'https://example.com.evil.example',
    'https://example.com@evil.example',
    'https://evil.example/https://example.com',
    'https://evil.example?https://example.com',
    'https://example.com.',
    'https://xn--e1afmkfd.example',
    'http://[::1]',
    'http://[::1]:3001',
  ])('does not let %s through', (origin) => {
    expect(check(exact, origin)).toEqual(NOT_ALLOWED);
  });
});

describe('a wildcard', () => {
  const wildcard = ['https://*.example.com', 'http://*.example.com:8080'];

  it.each([
    'https://a.example.com',
    'https://b.a.example.com',
    'https://A.Example.COM:443',
    'http://a.example.com:8080',
  ])('lets %s through', (origin) => {
    expect(check(wildcard, origin)).toBeNull();
  });

  it.each([
    'https://example.com',
    'https://evilexample.com',
    'https://a.example.com.evil.example',
    'https://a.example.com.',
    'https://a.example.com:444',
    'https://a.example.com:8080',
    'http://a.example.com',
    'https://evil.example#.example.com',
    'https://evil.example\\.example.com',
    'https://evil.example%2f.example.com',
    'https://*.example.com/',
  ])('does not let %s through', (origin) => {
    expect(check(wildcard, origin)).toEqual(NOT_ALLOWED);
  });
});

const NO_ORIGIN: [string, Sent][] = [
  ['null', 'null'],
  ['an empty one', ''],
  ['a path', 'https://a.example/'],
  ['a host alone', 'a.example'],
  ['a star', '*'],
  ['two in one header', 'https://a.example https://a.example'],
  ['two headers', ['https://a.example', 'https://a.example']],
];

describe.each<{ origins: Route['origins'] }>([
  { origins: 'same' },
  { origins: ['https://a.example', 'https://*.a.example'] },
])('$origins', ({ origins }) => {
  it.each(NO_ORIGIN)('does not let %s through as an Origin', (_, origin) => {
    expect(check(origins, origin, 'https://a.example/')).toEqual(NOT_ALLOWED);
  });
});

describe("'any'", () => {
  it.each<[string, Sent]>([...NO_ORIGIN, ['another site', 'https://evil.example']])('lets %s through', (_, origin) => {
    expect(check('any', origin)).toBeNull();
  });
});

describe('a request without an Origin', () => {
  it.each<{ origins: Route['origins'] }>([
    { origins: 'same' },
    { origins: 'any' },
    { origins: ['https://a.example'] },
    { origins: { allow: 'same', missing: 'allow' } },
  ])('passes where the route says $origins', ({ origins }) => {
    expect(check(origins, null)).toBeNull();
  });

  it.each<{ allow: AllowedOrigins }>([{ allow: 'same' }, { allow: 'any' }, { allow: ['https://a.example'] }])(
    'is refused beside $allow where the route denies it',
    ({ allow }) => {
      expect(check({ allow, missing: 'deny' }, null)).toEqual(NOT_ALLOWED);
    },
  );

  it('changes nothing for one that has an Origin', () => {
    expect(check({ allow: 'any', missing: 'deny' }, 'https://a.example')).toBeNull();
    expect(check({ allow: ['https://b.example'], missing: 'allow' }, 'https://a.example')).toEqual(NOT_ALLOWED);
  });
});
