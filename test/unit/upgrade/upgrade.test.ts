import { describe, expect, it } from 'vitest';
import type { Route } from '../../../src/config/config.ts';
import { Rejected } from '../../../src/config/errors.ts';
import { matchRoute } from '../../../src/config/match.ts';
import { checkUpgrade } from '../../../src/upgrade/upgrade.ts';
import { type HeaderChanges, resolveRoute, upgradeRequest } from '../../support/requests.ts';

const ROOM: Partial<Route> = { path: '/rooms/:room', target: { kind: 'room', room: 'games/:room' } };

interface Asked {
  path?: string;
  method?: string;
  headers?: HeaderChanges;
}

function check(row: Partial<Route>, { path = '/rooms/a', method, headers }: Asked = {}) {
  const request = upgradeRequest(headers, method, `https://a.example${path}`);
  const match = matchRoute({ routes: [resolveRoute(row)], fallback: { kind: 'none' } }, new URL(request.url));
  if (match === null) throw new TypeError('The route must take the request');
  return checkUpgrade(match, request);
}

/** The rungs from the first to the last: how to fail at each, and how it answers. */
const LADDER: [rung: string, wrong: Asked, code: string][] = [
  ['a missing Upgrade', { headers: { Upgrade: null } }, 'ERR_UPGRADE_REQUIRED'],
  ['the method', { method: 'POST' }, 'ERR_METHOD_NOT_ALLOWED'],
  ['Upgrade', { headers: { Upgrade: 'h2c' } }, 'ERR_UPGRADE_NOT_WEBSOCKET'],
  ['Connection', { headers: { Connection: 'keep-alive' } }, 'ERR_CONNECTION_HEADER'],
  ['Sec-WebSocket-Version', { headers: { 'Sec-WebSocket-Version': '8' } }, 'ERR_WEBSOCKET_VERSION'],
  ['Sec-WebSocket-Key', { headers: { 'Sec-WebSocket-Key': 'a' } }, 'ERR_WEBSOCKET_KEY'],
  ['a body', { headers: { 'Content-Length': '5' } }, 'ERR_UPGRADE_WITH_BODY'],
  ['the origin', { headers: { Origin: 'https://evil.example' } }, 'ERR_ORIGIN_NOT_ALLOWED'],
  ['a malformed offer', { headers: { 'Sec-WebSocket-Protocol': 'a,,a' } }, 'ERR_SUBPROTOCOL_MALFORMED'],
  ['a missing subprotocol', { headers: { 'Sec-WebSocket-Protocol': 'b' } }, 'ERR_SUBPROTOCOL_REQUIRED'],
  ['the room name', { path: '/rooms/%00' }, 'ERR_ROOM_NAME'],
];

const GOOD: Asked = { headers: { 'Sec-WebSocket-Protocol': 'a' } };
const demanding = { ...ROOM, protocols: ['a'] };

/** Everything wrong at once; where two rungs look at one header, the earlier one's mistake stands. */
function combine(all: readonly Asked[]): Asked {
  const later = [...all].reverse();
  const headers = Object.assign({}, GOOD.headers, ...later.map((asked) => asked.headers));
  return Object.assign({}, ...later, { headers });
}

describe('the ladder', () => {
  it('lets pass what is right', () => {
    expect(check(demanding, GOOD)).toEqual({ offer: ['a'], subprotocol: 'a', protocol: 'raw', room: 'games/a' });
  });

  it.each(LADDER)('refuses for %s', (_, wrong, code) => {
    expect(check(demanding, combine([wrong]))).toMatchObject({ code });
  });

  it.each(LADDER.map(([rung, , code], index) => [rung, LADDER.slice(index).map(([, wrong]) => wrong), code] as const))(
    'answers for %s before all that comes later',
    (_, wrong, code) => {
      expect(check(demanding, combine(wrong))).toMatchObject({ code });
    },
  );

  it("hands a rung's headers on", () => {
    expect(check(ROOM, { method: 'POST' })).toEqual(new Rejected('ERR_METHOD_NOT_ALLOWED', { Allow: 'GET' }));
  });
});

describe('an upgrade that may go on', () => {
  it('has no subprotocol where the route demands none, whatever is offered', () => {
    expect(check(ROOM, { headers: { 'Sec-WebSocket-Protocol': 'a, b' } })).toMatchObject({
      subprotocol: null,
      room: 'games/a',
    });
  });

  it("has the subprotocol that the route prefers, in the route's spelling", () => {
    const headers = { 'Sec-WebSocket-Protocol': ['x, chat.v1', 'chat.v2'] };
    expect(check({ ...ROOM, protocols: ['chat.v2', 'chat.v1'] }, { headers })).toMatchObject({
      subprotocol: 'chat.v2',
    });
  });

  it('leads to the room of its path, in the canonical spelling', () => {
    expect(check(ROOM, { path: '/rooms/caf%c3%a9%2f%41' })).toMatchObject({ room: 'games/caf%C3%A9%2FA' });
  });

  it('leads to no room where the target is none', () => {
    expect(check({ path: '/*', target: { kind: 'proxy', pool: ['https://b.example'] } })).toMatchObject({
      subprotocol: null,
      room: null,
    });
  });

  it('is checked whatever the target', () => {
    const proxy: Partial<Route> = { path: '/*', target: { kind: 'proxy', pool: ['https://b.example'] } };
    expect(check(proxy, { headers: { 'Sec-WebSocket-Protocol': '' } })).toEqual(
      new Rejected('ERR_SUBPROTOCOL_MALFORMED'),
    );
  });
});
