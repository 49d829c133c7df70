import { base64url } from 'jose';
import { describe, expect, it } from 'vitest';
import { bearerToken, findCredential, hideInReferer, withoutCredentials } from '../../../src/auth/credential.ts';
import type { CredentialSource } from '../../../src/config/auth.ts';
import { parseOffer } from '../../../src/upgrade/subprotocol.ts';
import { type HeaderChanges, upgradeRequest } from '../../support/requests.ts';

const offerOf = (text: string) => `signalbox.bearer.${base64url.encode(text)}`;

function find(sources: readonly CredentialSource[], headers: HeaderChanges = {}, search = ''): string | null {
  const request = upgradeRequest(headers, 'GET', `https://a.example/${search}`);
  const offer = parseOffer(request.headers.get('Sec-WebSocket-Protocol'));
  if (!Array.isArray(offer)) throw new TypeError('The offer must be well-formed');
  return findCredential(request, offer, sources);
}

describe('the Authorization header', () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['BEARER abc', 'abc'],
    ['Bearer   abc', 'abc'],
    ['Bearer abc  ', 'abc'],
    ['Bearer a.b-c_d~e+f/g==', 'a.b-c_d~e+f/g=='],
    ['Bearer bearer', 'bearer'],
    ['Bearer a=b,c!', 'a=b,c!'],
  ])('%j holds %j', (header, token) => {
    expect(bearerToken(header)).toBe(token);
    expect(find(['authorization'], { Authorization: header })).toBe(token);
  });

  it.each([
    ...['', 'Bearer', 'Bearer ', 'abc', 'Basic abc', 'Bearerabc', 'Bearer\tabc', 'Bearer: abc'],
    ...['Bearer a b', 'Bearer é', 'Basic Bearer abc', 'XBearer abc', 'Bearer abc, Bearer d'],
  ])('%j holds none', (header) => {
    expect(bearerToken(header)).toBeNull();
  });

  it('that is missing holds none, and one that is there twice holds none', () => {
    expect(bearerToken(null)).toBeNull();
    expect(find(['authorization'])).toBeNull();
    expect(find(['authorization'], { Authorization: ['Bearer a', 'Bearer b'] })).toBeNull();
  });
});

describe('a cookie', () => {
  it.each([
    ['alone', 'session=abc', 'abc'],
    ['between others', 'a=1; session=abc; b=2', 'abc'],
    ['without a space before it', 'a=1;session=abc', 'abc'],
    ['with spaces around it', 'a=1;  session = abc  ; b=2', 'abc'],
    ['with = in it', 'session=abc==', 'abc=='],
    ['in quotes', 'session="abc"', 'abc'],
    ['with one quote', 'session="abc', '"abc'],
    ['with quotes within', 'session=a"b"c', 'a"b"c'],
    ['first of two', 'session=first; session=second', 'first'],
    ['after one without =', 'session; session=abc', 'abc'],
    ['after one whose name ends like it', 'xsession=evil; session=abc', 'abc'],
    ['after one whose name begins like it', 'session2=evil; session=abc', 'abc'],
    ['after one whose value looks like it', 'a="session=evil"; session=abc', 'abc'],
    ['after one in another case', 'Session=evil; session=abc', 'abc'],
  ])('is found %s', (_, Cookie, value) => {
    expect(find([{ cookie: 'session' }], { Cookie })).toBe(value);
  });

  it.each([
    ['no cookies', null],
    ['only others', 'a=1; xsession=2; session2=3; Session=4'],
    ['no =', 'session'],
    ['no value', 'session='],
    ['nothing between quotes', 'session=""'],
    ['its name as a value', 'a=session'],
    ['nothing', ''],
  ])('is not found in %s', (_, Cookie) => {
    expect(find([{ cookie: 'session' }], { Cookie })).toBeNull();
  });

  it('may have any name that a cookie may have', () => {
    const name = "__Host-a.b+c$d^e|f*g'h";
    expect(find([{ cookie: name }], { Cookie: `${name}=abc` })).toBe('abc');
  });
});

describe('a query parameter', () => {
  it.each([
    ['?token=abc', 'abc'],
    ['?a=1&token=abc&b=2', 'abc'],
    ['?token=a%2Bb', 'a+b'],
    ['?token=a=b', 'a=b'],
    ['?token=abc&token=d', 'abc'],
    ['?%74oken=abc', 'abc'],
  ])('in %s holds %j', (search, token) => {
    expect(find([{ query: 'token' }], {}, search)).toBe(token);
  });

  it.each([
    '',
    '?',
    '?token',
    '?token=',
    '?token=a%20b',
    '?token=a%0Ab',
    '?token=%C3%A9',
    '?Token=abc',
    '?xtoken=abc',
    '?a=token=abc',
    '#token=abc',
  ])('in %j holds none', (search) => {
    expect(find([{ query: 'token' }], {}, search)).toBeNull();
  });
});

describe('an offer', () => {
  it.each(['abc', 'a.b.c', 'a'.repeat(5000)])('holds a token in base64url', (token) => {
    expect(find(['subprotocol'], { 'Sec-WebSocket-Protocol': `chat, ${offerOf(token)}` })).toBe(token);
    expect(find(['subprotocol'], { 'Sec-WebSocket-Protocol': `${offerOf(token)}, chat` })).toBe(token);
  });

  it.each([
    null,
    'chat',
    'signalbox.bearer.',
    'signalbox.bearer',
    'signalbox.bearer.!',
    'signalbox.bearer.a',
    `Signalbox.Bearer.${base64url.encode('abc')}`,
    `x${offerOf('abc')}`,
    offerOf('é👋'),
  ])('holds none: %j', (offered) => {
    expect(find(['subprotocol'], { 'Sec-WebSocket-Protocol': offered })).toBeNull();
  });

  it('without its credentials is what a subprotocol is chosen from', () => {
    const near = ['signalbox.bearer', 'Signalbox.Bearer.a', 'xsignalbox.bearer.a'];
    expect(withoutCredentials(['a', offerOf('t'), ...near, 'signalbox.bearer.', 'b'])).toEqual(['a', ...near, 'b']);
    expect(withoutCredentials([offerOf('t')])).toEqual([]);
  });
});

describe('a Referer', () => {
  const shown = (referer: string, sources: readonly CredentialSource[] = [{ query: 'token' }, 'authorization']) => {
    const headers = new Headers({ Referer: referer });
    hideInReferer(headers, 'https://a.example/app/x', sources);
    return headers.get('Referer');
  };

  it.each([
    ['https://a.example/app/?token=t', 'https://a.example/app/'],
    ['https://a.example/app/?a=1&%74oken=t&token=u&b=2', 'https://a.example/app/?a=1&b=2'],
    ['/app/?token=t', 'https://a.example/app/'],
    ['?token=t', 'https://a.example/app/x'],
    ['https://b.example/?token=t', 'https://b.example/'],
  ])('holds no credential of the query: %s', (referer, expected) => {
    expect(shown(referer)).toBe(expected);
  });

  it.each(['https://a.example/app/?Token=t&a=%20', '/app/', 'about:blank', 'http://[', '', 'https://a.example'])(
    'stays as it is without one: %j',
    (referer) => {
      expect(shown(referer)).toBe(referer);
    },
  );

  it('stays as it is where no credential may be in the query, and is not made up', () => {
    expect(shown('https://a.example/?token=t', ['authorization', { cookie: 'token' }])).toBe(
      'https://a.example/?token=t',
    );
    const headers = new Headers();
    hideInReferer(headers, 'https://a.example/?token=t', [{ query: 'token' }]);
    expect([...headers]).toEqual([]);
  });
});
