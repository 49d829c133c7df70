import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import type { Env } from '../../src/app.ts';
import production from '../../src/index.ts';
import worker from '../support/worker.ts';
import { Client } from './client.ts';

const UPGRADE = {
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** What the router answers to an upgrade of this path, with other headers where they are given; null takes one away. */
function upgrade(path: string, changes: Record<string, string | null> = {}, method = 'GET') {
  const headers = new Headers(UPGRADE);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  }
  return worker.fetch(new Request(`https://chat.example.com${path}`, { method, headers }), env as unknown as Env);
}

async function codeOf(response: Response): Promise<string> {
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  return ((await response.json()) as { code: string }).code;
}

it('lets a good upgrade into its room', async () => {
  const [first, second] = [await upgrade('/rooms/lobby'), await upgrade('/rooms/lobby')];
  expect([first.status, second.status]).toEqual([101, 101]);
  const [ada, ben] = [first, second].map(({ webSocket }) => new Client(webSocket as WebSocket)) as [Client, Client];
  ada.send('hello');
  expect(await ben.next()).toBe('hello');
});

it('leads spellings of one name to one room, and names that differ to others', async () => {
  const [first, second, third] = await Promise.all(
    ['/rooms/caf%C3%A9', '/rooms/caf%c3%a9', '/rooms/cafe'].map(async (path) => {
      const { webSocket } = await upgrade(path);
      return new Client(webSocket as WebSocket);
    }),
  );
  const other = new Client((await upgrade('/rooms/cafe')).webSocket as WebSocket);
  first?.send('é');
  expect(await second?.next()).toBe('é');
  other.send('e');
  expect(await third?.next()).toBe('e');
});

it.each([
  ['/nothing', {}, 'GET', 404, 'ERR_NO_ROUTE'],
  ['/rooms/lobby', { Upgrade: null }, 'GET', 426, 'ERR_UPGRADE_REQUIRED'],
  ['/rooms/lobby', {}, 'POST', 405, 'ERR_METHOD_NOT_ALLOWED'],
  ['/rooms/lobby', { Upgrade: 'h2c' }, 'GET', 426, 'ERR_UPGRADE_NOT_WEBSOCKET'],
  ['/rooms/lobby', { Connection: 'keep-alive' }, 'GET', 400, 'ERR_CONNECTION_HEADER'],
  ['/rooms/lobby', { 'Sec-WebSocket-Version': '13abc' }, 'GET', 426, 'ERR_WEBSOCKET_VERSION'],
  ['/rooms/lobby', { 'Sec-WebSocket-Key': 'short' }, 'GET', 400, 'ERR_WEBSOCKET_KEY'],
  ['/rooms/lobby', { 'Content-Length': '1' }, 'GET', 400, 'ERR_UPGRADE_WITH_BODY'],
  ['/rooms/lobby', { Origin: 'https://evil.example' }, 'GET', 403, 'ERR_ORIGIN_NOT_ALLOWED'],
  ['/rooms/lobby', { 'Sec-WebSocket-Protocol': 'a,,b' }, 'GET', 400, 'ERR_SUBPROTOCOL_MALFORMED'],
  ['/chat/lobby', { 'Sec-WebSocket-Protocol': 'other' }, 'GET', 400, 'ERR_SUBPROTOCOL_REQUIRED'],
  ['/rooms/%ff', {}, 'GET', 400, 'ERR_ROOM_NAME'],
  ['/proxy/a', { Upgrade: 'h2c, websocket' }, 'GET', 426, 'ERR_UPGRADE_NOT_WEBSOCKET'],
  ['/proxy/a', {}, 'GET', 502, 'ERR_UPSTREAM_UNREACHABLE'],
  ['/grip', {}, 'GET', 502, 'ERR_UPSTREAM_UNREACHABLE'],
])('answers %s with %j by %s: %i %s', async (path, changes, method, status, code) => {
  const response = await upgrade(path, changes, method);
  expect(response.status).toBe(status);
  expect(await codeOf(response)).toBe(code);
});

it('refuses one upgrade more than an address may make in a minute, with the seconds to wait', async () => {
  const from = (address: string) => upgrade('/often/lobby', { 'CF-Connecting-IP': address });
  expect([(await from('192.0.2.1')).status, (await from('192.0.2.1')).status]).toEqual([101, 101]);
  const refused = await from('192.0.2.1');
  expect(refused.status).toBe(429);
  expect(refused.headers.get('Retry-After')).toMatch(/^([12]?\d|30)$/);
  expect((await from('192.0.2.2')).status).toBe(101);
});

it('serves its page with a policy that lets only its own script run', async () => {
  const get = (method: string) =>
    production.fetch(new Request('https://a.example/', { method }), env as unknown as Env);
  const page = await get('GET');
  const nonce = /'nonce-([^']+)'/.exec(page.headers.get('Content-Security-Policy') ?? '')?.[1];
  expect(await page.text()).toContain(`nonce="${nonce}"`);
  expect((await get('HEAD')).status).toBe(200);
  expect((await get('POST')).status).toBe(405);
});

it('refuses an upgrade that the rate-limiting binding of the network does not take, before it wakes a room', async () => {
  const asked: string[] = [];
  const UPGRADES = {
    async limit({ key }: { key: string }) {
      asked.push(key);
      return { success: key !== '192.0.2.9' };
    },
  };
  const from = (address: string) => {
    const headers = { ...UPGRADE, 'CF-Connecting-IP': address };
    return worker.fetch(new Request('https://chat.example.com/rooms/lobby', { headers }), {
      ...env,
      UPGRADES,
    } as unknown as Env);
  };
  const refused = await from('192.0.2.9');
  expect([refused.status, refused.headers.get('Retry-After'), await codeOf(refused)]).toEqual([
    429,
    '60',
    'ERR_TOO_MANY_UPGRADES',
  ]);
  expect((await from('2001:db8::1')).status).toBe(101);
  expect(asked).toEqual(['192.0.2.9', '2001:db8:0:0']);
});
