import { describe, expect, it } from 'vitest';
import {
  checkAnswer,
  checkSwitch,
  mayRepeat,
  type Passage,
  requestAt,
  upgradeAt,
  urlAt,
} from '../../../src/bridge/proxy.ts';
import { Rejected } from '../../../src/config/errors.ts';
import { upgradeRequest } from '../../support/requests.ts';

const URL_OF_CLIENT = 'https://chat.example.com/live/a?x=1';

function passage(request: Request, changes: Partial<Passage> = {}): Passage {
  const { headers, url } = request;
  return { request, headers, url: new URL(url), address: '192.0.2.7', offer: [], secret: null, ...changes };
}

const UPSTREAM = 'https://origin.example/base';

const ROUTER_SAYS = {
  'x-forwarded-for': '192.0.2.7',
  'x-forwarded-host': 'chat.example.com',
  'x-forwarded-proto': 'https',
};

/** The headers of the upgrade that an origin gets for one with these. */
function upgraded(headers: Record<string, string>, changes: Partial<Passage> = {}): Record<string, string> {
  const request = upgradeRequest(headers, 'GET', URL_OF_CLIENT);
  return Object.fromEntries(upgradeAt(UPSTREAM, null, passage(request, changes)).headers);
}

describe('the URL at an upstream', () => {
  it.each<[string, { from: string; to: string } | null, string, string]>([
    ['http://o', null, '/live/a?x=%20&y', 'http://o/live/a?x=%20&y'],
    ['http://o/', null, '/', 'http://o/'],
    ['http://o/base', null, '/live', 'http://o/base/live'],
    ['http://o/base/', null, '/live/', 'http://o/base/live/'],
    ['http://o:81/b', null, '//evil.example/x', 'http://o:81/b//evil.example/x'],
    ['http://o', null, '//evil.example/x', 'http://o//evil.example/x'],
    ['http://o', { from: '/live', to: '/' }, '/live/a', 'http://o/a'],
    ['http://o', { from: '/live/', to: '/' }, '/live/a', 'http://o/a'],
    ['http://o', { from: '/live', to: '/' }, '/live', 'http://o/'],
    ['http://o', { from: '/live', to: '/' }, '/live/', 'http://o/'],
    ['http://o', { from: '/live', to: '/' }, '/live//evil.example', 'http://o//evil.example'],
    ['http://o/base', { from: '/live', to: '/v2/ws' }, '/live', 'http://o/base/v2/ws'],
    ['http://o/base', { from: '/live', to: '/v2/ws/' }, '/live/a%2Fb', 'http://o/base/v2/ws/a%2Fb'],
    ['http://o', { from: '/', to: '/v2' }, '/a', 'http://o/v2/a'],
    ['http://o', { from: '/live', to: '/x' }, '/%6Cive/a', 'http://o/x/a'],
    ['http://o', { from: '/%6Cive', to: '/x' }, '/live/a', 'http://o/x/a'],
    ['http://o', { from: '/live', to: '/x' }, '/lives/a', 'http://o/lives/a'],
    ['http://o', { from: '/live/a', to: '/x' }, '/live', 'http://o/live'],
  ])('of %s with %j for %s is %s', (upstream, rewrite, path, url) => {
    expect(urlAt(upstream, rewrite, new URL(`https://chat.example.com${path}`)).href).toBe(url);
  });
});

describe('the upgrade at an upstream', () => {
  it('carries what the client says to the origin', () => {
    const said = { authorization: 'Bearer t', cookie: 'a=1; b=2', origin: 'https://app.example', 'x-mine': 'yes' };
    expect(upgraded(said)).toEqual({ ...said, ...ROUTER_SAYS, upgrade: 'websocket' });
  });

  it('is a GET for its path and query, and follows nothing', () => {
    const upgrade = upgradeAt(UPSTREAM, null, passage(upgradeRequest({}, 'GET', URL_OF_CLIENT)));
    expect([upgrade.method, upgrade.url, upgrade.redirect]).toEqual([
      'GET',
      'https://origin.example/base/live/a?x=1',
      'manual',
    ]);
  });

  it('offers the subprotocols that it may, and the extensions', () => {
    const headers = upgraded(
      { 'Sec-WebSocket-Protocol': 'a, secret, b', 'Sec-WebSocket-Extensions': 'permessage-deflate' },
      { offer: ['a', 'b'] },
    );
    expect(headers).toMatchObject({
      'sec-websocket-protocol': 'a, b',
      'sec-websocket-extensions': 'permessage-deflate',
    });
    expect(upgraded({ 'Sec-WebSocket-Protocol': 'secret' })).not.toHaveProperty('sec-websocket-protocol');
  });

  it.each([
    ...['X-Forwarded-For', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'X_Forwarded_For', 'x-forwarded-anything'],
    ...['X.Forwarded.For', 'X!Forwarded~For', 'CF.Connecting_IP', 'Signalbox|User'],
    ...['Forwarded', 'X-Forwarded', 'X-Real-IP', 'X_Real_IP', 'X-Client-IP', 'True-Client-IP', 'CF-Connecting-IP'],
    ...['CF-Ray', 'Client-Cert', 'X-Original-URL', 'X-Rewrite-URL', 'Signalbox-User', 'Proxy', 'Proxy-Authorization'],
    ...['Host', 'TE', 'Trailer', 'Keep-Alive', 'HTTP2-Settings', 'Content-Length', 'Sec-WebSocket-Anything'],
  ])('does not carry the client’s own %s', (name) => {
    expect(upgraded({ [name]: '192.0.2.66' })).toEqual({ ...ROUTER_SAYS, upgrade: 'websocket' });
  });

  it('says no address that nobody knows, whatever the client says', () => {
    expect(upgraded({ 'X-Forwarded-For': '192.0.2.66' }, { address: null })).not.toHaveProperty('x-forwarded-for');
  });

  it.each(['X-Router-Secret', 'x-router-secret', 'X_Router_Secret', 'X.Router+Secret'])(
    'shows the secret, and not the client’s %s',
    (name) => {
      const secret = { header: 'X-Router-Secret', value: 'ours' };
      const headers = upgraded({ [name]: 'theirs' }, { secret });
      expect(headers).toEqual({ ...ROUTER_SAYS, upgrade: 'websocket', 'x-router-secret': 'ours' });
    },
  );

  it('can have its secret in Authorization', () => {
    const secret = { header: 'Authorization', value: 'Bearer ours' };
    expect(upgraded({ Authorization: 'Bearer theirs' }, { secret })).toMatchObject({ authorization: 'Bearer ours' });
  });

  it('does not carry what Connection names, and says what the router says all the same', () => {
    const secret = { header: 'X-Secret', value: 'ours' };
    const headers = upgraded({ Connection: 'Upgrade, X-Mine, X-Secret, X-Forwarded-For', 'X-Mine': '1' }, { secret });
    expect(headers).toEqual({ ...ROUTER_SAYS, upgrade: 'websocket', 'x-secret': 'ours' });
  });

  it('may have another URL than the client asked for, which does not change whom it asked', () => {
    const request = upgradeRequest({}, 'GET', 'https://chat.example.com/a?token=t&b=1');
    const upgrade = upgradeAt('http://o', null, passage(request, { url: new URL('https://chat.example.com/a?b=1') }));
    expect(upgrade.url).toBe('http://o/a?b=1');
    expect(upgrade.headers.get('X-Forwarded-Host')).toBe('chat.example.com');
  });
});

describe('the request at an upstream', () => {
  it('has the client’s method, headers and body', async () => {
    const request = new Request(URL_OF_CLIENT, { method: 'PATCH', body: 'text', headers: { 'X-Mine': '1' } });
    const passed = requestAt(UPSTREAM, { from: '/live', to: '/' }, passage(request));
    expect([passed.method, passed.url, await passed.text()]).toEqual([
      'PATCH',
      'https://origin.example/base/a?x=1',
      'text',
    ]);
    expect(Object.fromEntries(passed.headers)).toMatchObject({ ...ROUTER_SAYS, 'x-mine': '1' });
  });

  it('has nothing that could make an upgrade of it', () => {
    const request = upgradeRequest(
      { Upgrade: null, Connection: 'upgrade', 'Sec-WebSocket-Protocol': 'a' },
      'GET',
      URL_OF_CLIENT,
    );
    expect(Object.fromEntries(requestAt(UPSTREAM, null, passage(request)).headers)).toEqual(ROUTER_SAYS);
  });
});

describe('a request that failed', () => {
  it.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])('may be repeated as a %s without a body', (method) => {
    expect(mayRepeat(new Request(URL_OF_CLIENT, { method }))).toBe(true);
  });

  it.each([
    ['POST', undefined],
    ['PATCH', undefined],
    ['PUT', 'body'],
    ['DELETE', 'body'],
  ])('may not be repeated as a %s with the body %s', (method, body) => {
    expect(mayRepeat(new Request(URL_OF_CLIENT, { method, body }))).toBe(false);
  });
});

const FAILED = new Rejected('ERR_UPSTREAM_FAILED');
const answer = (status: number, headers: Record<string, string> = {}) => ({ status, headers: new Headers(headers) });

describe('an answer to an upgrade', () => {
  it.each([
    [answer(101), []],
    [answer(101), ['a']],
    [answer(101, { 'Sec-WebSocket-Protocol': 'b' }), ['a', 'b']],
  ])('may be a switch', (found, offer) => {
    expect(checkSwitch(found, true, offer)).toBeNull();
  });

  it.each([
    ['b', ['a']],
    ['A', ['a']],
    ['a, b', ['a', 'b']],
    ['a', []],
  ])('may not choose the subprotocol %s of %j', (chosen, offer) => {
    expect(checkSwitch(answer(101, { 'Sec-WebSocket-Protocol': chosen }), true, offer)).toEqual(FAILED);
  });

  it('may not be a switch without a socket', () => {
    expect(checkSwitch(answer(101), false, [])).toEqual(FAILED);
  });

  it.each([200, 204, 302, 401, 403, 404, 426, 429, 500, 503, 504])('may be a refusal with %i', (status) => {
    expect(checkSwitch(answer(status), false, [])).toBeNull();
  });

  it('may be a 502 of the origin, and not the one of the runtime, which has no header', () => {
    expect(checkSwitch(answer(502, { 'Content-Length': '0' }), false, [])).toBeNull();
    expect(checkSwitch(answer(502), false, [])).toEqual(FAILED);
  });
});

describe('an answer to a request', () => {
  it.each([200, 302, 404, 500, 502, 504, 524])('may be %i', (status) => {
    expect(checkAnswer(answer(status))).toBeNull();
  });

  it('may not be a switch', () => {
    expect(checkAnswer(answer(101))).toEqual(FAILED);
  });

  it('may have the highest status there is, and none above', () => {
    expect([checkAnswer(answer(599)), checkSwitch(answer(599), false, [])]).toEqual([null, null]);
    for (const status of [600, 999])
      expect([checkAnswer(answer(status)), checkSwitch(answer(status), false, [])]).toEqual([FAILED, FAILED]);
  });

  it.each([
    [520, 'ERR_UPSTREAM_FAILED'],
    [521, 'ERR_UPSTREAM_UNREACHABLE'],
    [522, 'ERR_UPSTREAM_TIMEOUT'],
    [523, 'ERR_UPSTREAM_UNREACHABLE'],
    [525, 'ERR_UPSTREAM_UNREACHABLE'],
    [526, 'ERR_UPSTREAM_UNREACHABLE'],
    [530, 'ERR_UPSTREAM_UNREACHABLE'],
  ] as const)('that is the network’s %i says that the origin was not reached', (status, code) => {
    const page = answer(status, { Server: 'cloudflare' });
    expect([checkAnswer(page), checkSwitch(page, false, [])]).toEqual([new Rejected(code), new Rejected(code)]);
  });
});
