import { describe, expect, it } from 'vitest';
import { Rejected } from '../../../src/config/errors.ts';
import { checkHandshake, isUpgrade } from '../../../src/upgrade/handshake.ts';
import { type HeaderChanges, upgradeRequest } from '../../support/requests.ts';

const VERSION = { 'Sec-WebSocket-Version': '13' };
const UPGRADE_REQUIRED = new Rejected('ERR_UPGRADE_REQUIRED', { Upgrade: 'websocket', ...VERSION });
const METHOD_NOT_ALLOWED = new Rejected('ERR_METHOD_NOT_ALLOWED', { Allow: 'GET' });
const NOT_WEBSOCKET = new Rejected('ERR_UPGRADE_NOT_WEBSOCKET', { Upgrade: 'websocket', ...VERSION });
const CONNECTION = new Rejected('ERR_CONNECTION_HEADER');
const BAD_VERSION = new Rejected('ERR_WEBSOCKET_VERSION', VERSION);
const KEY = new Rejected('ERR_WEBSOCKET_KEY');
const BODY = new Rejected('ERR_UPGRADE_WITH_BODY');

const base64 = (bytes: number) => Buffer.alloc(bytes, 0xff).toString('base64');
const check = (changes: HeaderChanges = {}, method?: string) => checkHandshake(upgradeRequest(changes, method));

it('lets a well-formed upgrade pass', () => {
  expect(check()).toBeNull();
});

it('lets the upgrade of a browser pass', () => {
  expect(
    check({
      Connection: 'keep-alive, Upgrade',
      'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
      Origin: 'https://a.example',
      'Cache-Control': 'no-cache',
    }),
  ).toBeNull();
});

it.each([
  [{ Upgrade: null }, false],
  [{ Upgrade: 'websocket' }, true],
  [{ Upgrade: 'WebSocket' }, true],
  [{ Upgrade: 'h2c, websocket' }, true],
  [{ Upgrade: ['h2c', 'websocket'] }, true],
  [{ Upgrade: 'websocket/13' }, true],
  [{ Upgrade: 'h2c' }, false],
  [{ Upgrade: 'TLS/1.2, h2c' }, false],
  [{ Upgrade: 'websockets' }, false],
  [{ Upgrade: '' }, false],
])('tells by the header whether %j asks for WebSocket', (changes, upgrade) => {
  expect(isUpgrade(upgradeRequest(changes))).toBe(upgrade);
});

describe('Upgrade', () => {
  it('must be there', () => {
    expect(check({ Upgrade: null })).toEqual(UPGRADE_REQUIRED);
  });

  it.each(['websocket', 'WebSocket', 'WEBSOCKET', ' websocket\t'])('may be "%s"', (value) => {
    expect(check({ Upgrade: value })).toBeNull();
  });

  it.each<[string, string | string[]]>([
    ['empty', ''],
    ['another protocol', 'h2c'],
    ['the other way to write it', 'web-socket'],
    ['a longer word', 'websockets'],
    ['a version', 'websocket/13'],
    ['a parameter', 'websocket;q=1'],
    ['a list with another first', 'h2c, websocket'],
    ['a list with another last', 'websocket, h2c'],
    ['a list of twice the same', 'websocket, websocket'],
    ['sent twice', ['websocket', 'websocket']],
  ])('may not be %s', (_, value) => {
    expect(check({ Upgrade: value })).toEqual(NOT_WEBSOCKET);
  });
});

describe('the method', () => {
  it.each(['POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'WEBSOCKET'])('may not be %s', (method) => {
    expect(check({}, method)).toEqual(METHOD_NOT_ALLOWED);
  });
});

describe('Connection', () => {
  it.each(['upgrade', 'UPGRADE', 'keep-alive, Upgrade', 'Upgrade,close'])('may be "%s"', (value) => {
    expect(check({ Connection: value })).toBeNull();
  });

  it('may come in several headers', () => {
    expect(check({ Connection: ['keep-alive', 'Upgrade'] })).toBeNull();
  });

  it.each([null, '', 'keep-alive', 'close', 'upgraded', 'keep-alive Upgrade', 'Upgrade;q=1', '"Upgrade"'])(
    'may not be %j',
    (value) => {
      expect(check({ Connection: value })).toEqual(CONNECTION);
    },
  );
});

describe('Sec-WebSocket-Version', () => {
  it.each([
    ...[null, '', '0', '6', '7', '8', ' 8', '12', '14', '113', '13abc', '13.0', '013', '+13', '0x0d', '1 3', '"13"'],
    ...['13, 8', '8, 13', '13, 13', '13,'],
  ])('may not be %j', (value) => {
    expect(check({ 'Sec-WebSocket-Version': value })).toEqual(BAD_VERSION);
  });

  it('may not be sent twice', () => {
    expect(check({ 'Sec-WebSocket-Version': ['13', '13'] })).toEqual(BAD_VERSION);
  });

  it('is asked of the drafts before it, which have two keys in its place', () => {
    const draft = {
      'Sec-WebSocket-Version': null,
      'Sec-WebSocket-Key': null,
      'Sec-WebSocket-Key1': '4 @1  46546xW%0l 1 5',
      'Sec-WebSocket-Key2': '12998 5 Y3 1  .P00',
    };
    expect(check({ Upgrade: 'WebSocket', ...draft })).toEqual(BAD_VERSION);
  });
});

describe('Sec-WebSocket-Key', () => {
  it.each([base64(16), 'AAAAAAAAAAAAAAAAAAAAAA==', '++++////++++////++++/A=='])('may be %s', (value) => {
    expect(check({ 'Sec-WebSocket-Key': value })).toBeNull();
  });

  it.each<[string, string | string[] | null]>([
    ['missing', null],
    ['empty', ''],
    ['of 3 characters', 'abc'],
    ['of 15 bytes', base64(15)],
    ['of 17 bytes', base64(17)],
    ['of 18 bytes', base64(18)],
    ['of 32 bytes', base64(32)],
    ['without its padding', base64(16).slice(0, -2)],
    ['with half its padding', base64(16).slice(0, -1)],
    ['base64 of URLs', '----____----____----_w=='],
    ['with white space in it', 'AAAAAAAAAAA AAAAAAAAAA=='],
    ['not of ASCII', 'éAAAAAAAAAAAAAAAAAAAAA=='],
    ['sent twice', [base64(16), base64(16)]],
    ['two in one', `${base64(16)}, ${base64(16)}`],
  ])('may not be %s', (_, value) => {
    expect(check({ 'Sec-WebSocket-Key': value })).toEqual(KEY);
  });
});

describe('a body', () => {
  it.each(['0', '00'])('is not announced by a Content-Length of %s', (value) => {
    expect(check({ 'Content-Length': value })).toBeNull();
  });

  it.each<[string, string | string[]]>([
    ['Content-Length', '5'],
    ['Content-Length', '8'],
    ['Content-Length', '05'],
    ['Content-Length', '+1'],
    ['Content-Length', '+0'],
    ['Content-Length', '-0'],
    ['Content-Length', '0x0'],
    ['Content-Length', ''],
    ['Content-Length', '0, 5'],
    ['Content-Length', ['0', '0']],
    ['Transfer-Encoding', 'chunked'],
    ['Transfer-Encoding', 'identity'],
    ['Transfer-Encoding', ''],
  ])('is refused where %s is %j', (name, value) => {
    expect(check({ [name]: value })).toEqual(BODY);
  });

  it('is refused where the two announcements contradict each other', () => {
    expect(check({ 'Content-Length': '0', 'Transfer-Encoding': 'chunked' })).toEqual(BODY);
  });
});
