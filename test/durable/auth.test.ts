import { listDurableObjectIds } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { Env } from '../../src/app.ts';
import { SECRETS, signToken } from '../support/tokens-for-table.ts';
import worker from '../support/worker.ts';
import { ask, Client, connect, evict, ROOM } from './client.ts';

const bindings = { ...env, ...SECRETS } as unknown as Env;

const UPGRADE = {
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

function upgrade(path: string, headers: Record<string, string> = {}) {
  const request = new Request(`https://chat.example.com${path}`, { headers: { ...UPGRADE, ...headers } });
  return worker.fetch(request, bindings);
}

function callApi(method: string, path: string, body?: object, key = 'new-key') {
  const headers = { Authorization: `Bearer ${key}` };
  const request = new Request(`https://chat.example.com/api${path}`, { method, headers, body: JSON.stringify(body) });
  return worker.fetch(request, bindings);
}

async function enter(path: string, headers?: Record<string, string>): Promise<Client> {
  const { status, webSocket } = await upgrade(path, headers);
  if (!webSocket) throw new Error(`The router answered ${status}`);
  return new Client(webSocket);
}

const identityOf = (userId: string) => ({ userId, claims: {} });

describe('expiry', () => {
  it('closes a connection when its time has come, though the room sleeps', async () => {
    const ada = await connect('expires', { expiresAt: Date.now() + 300 });
    await evict('expires');
    expect(await ada.next()).toEqual({ code: 3005, reason: 'connection expired' });
  });

  it('comes to each connection in its turn, also after the room slept', async () => {
    const ben = await connect('turns', { expiresAt: Date.now() + 600 });
    const ada = await connect('turns', { expiresAt: Date.now() + 200 });
    await evict('turns');
    const order: string[] = [];
    await Promise.all([ada.next().then(() => order.push('ada')), ben.next().then(() => order.push('ben'))]);
    expect(order).toEqual(['ada', 'ben']);
  });

  it('comes at once to who asked with a credential that has just expired', async () => {
    const ada = await connect('late', { expiresAt: Date.now() - 1000 });
    expect(await ada.next()).toMatchObject({ code: 3005 });
  });
});

describe('permissions', () => {
  it('hold after the room slept', async () => {
    const [ada, ben] = [
      await connect('allowed'),
      await connect('allowed', { grants: [{ channel: '*', allow: ['subscribe'] }] }),
    ];
    await evict('allowed');
    ada.send('a');
    expect(await ben.next()).toBe('a');
    ben.send('b');
    expect(await ben.next()).toEqual({ code: 3507, reason: 'permission denied' });
  });

  it('of a token decide which rooms it opens', async () => {
    const token = await signToken({
      permissions: [
        { room: 'games/*', allow: ['subscribe'] },
        { room: 'lobby', allow: [] },
      ],
    });
    const Authorization = `Bearer ${token}`;
    expect((await upgrade('/jwt/lobby', { Authorization })).status).toBe(403);
    expect((await upgrade('/jwt/games', { Authorization })).status).toBe(403);
  });
});

it('keeps the longest pass that the edge lets through, whatever its characters', async () => {
  const claims = { text: `${'a'.repeat(8000)}Ā`, numbers: [] };
  const ada = await connect('long', { identity: { userId: 'ada', claims } });
  const ben = await connect('long');
  await evict('long');
  ben.send('hello');
  expect(await ada.next()).toBe('hello');
});

describe('shares of a room', () => {
  it('are counted on after the room slept', async () => {
    const changes = { identity: identityOf('ada'), limits: { maxConnectionsPerUser: 1 } };
    await connect('share', changes);
    await evict('share');
    const refused = await ask('share', changes);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('Retry-After')).toBe('10');
    await connect('share', { ...changes, identity: identityOf('ben') });
  });
});

describe('a ticket for one connection', () => {
  it('opens one, and no second one also after the room slept', async () => {
    const once = { id: 'ticket-1', until: Date.now() + 60_000 };
    expect((await ask('once', {}, once)).status).toBe(101);
    await evict('once');
    const refused = await ask('once', {}, once);
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ code: 'ERR_TICKET_USED' });
    expect((await ask('once', {}, { ...once, id: 'ticket-2' })).status).toBe(101);
  });

  it('is minted by the API and taken by its route', async () => {
    const minted = await callApi('POST', '/tickets', { room: 'minted', userId: 'ada' });
    expect(minted.status).toBe(201);
    const { ticket, expiresAt } = (await minted.json()) as { ticket: string; expiresAt: number };
    expect(expiresAt).toBeGreaterThan(Date.now() / 1000);
    const headers = { Authorization: `Bearer ${ticket}` };
    expect((await upgrade('/once/another', headers)).status).toBe(403);
    expect((await upgrade('/once/minted', headers)).status).toBe(101);
    expect((await upgrade('/once/minted', headers)).status).toBe(401);
    expect((await upgrade(`/ticket/minted?ticket=${ticket}`)).status).toBe(101);
  });
});

describe('the API', () => {
  it('shows who is connected, and disconnects a user, also after the room slept', async () => {
    const ada = await enter('/jwt/office', { Authorization: `Bearer ${await signToken()}` });
    const ben = await enter('/rooms/office');
    await evict('office');
    const listed = await callApi('GET', '/rooms/office/connections');
    const { connections } = (await listed.json()) as { connections: { userId: string | null }[] };
    expect(connections.map(({ userId }) => userId).sort()).toEqual(['ada', null]);
    const ended = await callApi('POST', '/rooms/office/disconnect', { userId: 'ada' });
    expect(await ended.json()).toEqual({ disconnected: 1 });
    expect(await ada.next()).toEqual({ code: 3503, reason: 'force disconnect' });
    const eve = await enter('/rooms/office');
    eve.send('hello');
    expect(await ben.next()).toBe('hello');
  });

  it('disconnects one connection, which may come back', async () => {
    const ada = await enter('/rooms/one');
    const listed = (await (await callApi('GET', '/rooms/one/connections')).json()) as { connections: { id: string }[] };
    const body = { connectionId: listed.connections[0]?.id, reconnect: true };
    expect(await (await callApi('POST', '/rooms/one/disconnect', body)).json()).toEqual({ disconnected: 1 });
    expect(await ada.next()).toEqual({ code: 3011, reason: 'force reconnect' });
  });

  it.each(['old-key', 'new-key'])('takes each of its keys: %s', async (key) => {
    expect((await callApi('GET', '/rooms/keys/connections', undefined, key)).status).toBe(200);
  });

  it('refuses other keys', async () => {
    const refused = await callApi('GET', '/rooms/keys/connections', undefined, 'no-key');
    expect(refused.status).toBe(401);
    expect(refused.headers.get('WWW-Authenticate')).toBe('Bearer');
  });
});

describe('a refused upgrade', () => {
  it.each<[string, string, Record<string, string>, number]>([
    ['without a credential', '/jwt/never', {}, 401],
    ['with a bad credential', '/jwt/never', { Authorization: 'Bearer a.b.c' }, 401],
    ['of a foreign origin', '/jwt/never', { Origin: 'https://evil.example' }, 403],
    ['to a bad name', '/rooms/%ff', {}, 400],
    ['of an old version', '/rooms/never', { 'Sec-WebSocket-Version': '8' }, 426],
  ])('%s wakes no room', async (_, path, headers, status) => {
    const before = await listDurableObjectIds(ROOM);
    expect((await upgrade(path, headers)).status).toBe(status);
    expect(await listDurableObjectIds(ROOM)).toHaveLength(before.length);
  });

  it('with a good credential for another room wakes no room', async () => {
    const before = await listDurableObjectIds(ROOM);
    const Authorization = `Bearer ${await signToken({ permissions: [{ room: 'mine', allow: ['subscribe'] }] })}`;
    expect((await upgrade('/jwt/never', { Authorization })).status).toBe(403);
    expect(await listDurableObjectIds(ROOM)).toHaveLength(before.length);
  });

  it.each([
    ['without a credential', 'chat', 4401, 'ERR_CREDENTIALS_MISSING'],
    ['with a bad one', 'chat, signalbox.bearer.YS5iLmM', 4401, 'ERR_CREDENTIALS_INVALID'],
  ])('%s is told by a close where the route says so, and wakes no room', async (_, offer, code, reason) => {
    const before = await listDurableObjectIds(ROOM);
    const client = await enter('/close/never', { 'Sec-WebSocket-Protocol': offer });
    expect(await client.next()).toEqual({ code, reason });
    expect(await listDurableObjectIds(ROOM)).toHaveLength(before.length);
  });

  it('of a foreign origin is told by a close where the route says so', async () => {
    const headers = { 'Sec-WebSocket-Protocol': 'chat', Origin: 'https://evil.example' };
    expect(await (await enter('/close/never', headers)).next()).toEqual({
      code: 4403,
      reason: 'ERR_ORIGIN_NOT_ALLOWED',
    });
  });
});

it('fails with 500, and tells nothing, where a secret is not set', async () => {
  const request = new Request('https://chat.example.com/jwt/lobby', {
    headers: { ...UPGRADE, Authorization: 'Bearer a' },
  });
  const response = await worker.fetch(request, env as unknown as Env);
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('JWT_SECRET');
});

it('lists a room that was woken, so that the tests above can fail', async () => {
  const before = await listDurableObjectIds(ROOM);
  await enter('/rooms/woken');
  expect(await listDurableObjectIds(ROOM)).toHaveLength(before.length + 1);
});
