import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { askOrigin } from '../../../src/auth/forward.ts';
import type { ForwardAuth } from '../../../src/config/auth.ts';
import { Rejected } from '../../../src/config/errors.ts';
import { EVERYTHING } from '../../../src/config/permissions.ts';
import { type HeaderChanges, upgradeRequest } from '../../support/requests.ts';
import { FakeWorld, resolved } from '../../support/tokens.ts';

const ORIGIN = 'https://origin.example/who?a=1';
const FAILED = new Rejected('ERR_AUTH_ORIGIN_FAILED');
const NO_IDENTITY = new Rejected('ERR_IDENTITY_INVALID');

let world: FakeWorld;

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  world = new FakeWorld();
  answerWith({ 'Signalbox-User': 'ann' });
});

afterEach(() => {
  vi.restoreAllMocks();
});

function answerWith(headers: Record<string, string>, status = 204): void {
  world.answers[ORIGIN] = () => new Response(null, { status, headers });
}

interface Client {
  headers?: HeaderChanges;
  url?: string;
  credential?: string | null;
  address?: string | null;
}

function ask(changes: Partial<ForwardAuth> = {}, client: Client = {}) {
  const { headers, url = 'https://chat.example/rooms/a', credential = null, address = null } = client;
  const request = upgradeRequest(headers, 'GET', url);
  return askOrigin(resolved({ kind: 'forward', url: ORIGIN, ...changes }), { request, credential, address }, world);
}

/** The headers in which the origin was asked. */
async function asked(changes?: Partial<ForwardAuth>, client?: Client): Promise<Record<string, string>> {
  await ask(changes, client);
  return Object.fromEntries(new Headers(world.asked.at(-1)?.init.headers));
}

const ABOUT = {
  'x-forwarded-method': 'GET',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'chat.example',
  'x-forwarded-uri': '/rooms/a',
};

describe('the question', () => {
  it('goes to the origin once, without a body, and follows nothing elsewhere', async () => {
    await ask();
    expect(world.asked).toEqual([
      {
        url: ORIGIN,
        init: expect.objectContaining({ method: 'GET', redirect: 'manual', signal: expect.any(AbortSignal) }),
      },
    ]);
    expect(world.asked[0]?.init).not.toHaveProperty('body');
  });

  it('can be a POST', async () => {
    await ask({ method: 'POST' });
    expect(world.asked[0]?.init).toMatchObject({ method: 'POST' });
  });

  it('says what the request is about, and nothing that only belongs to the upgrade', async () => {
    expect(await asked()).toEqual(ABOUT);
  });

  it('says port, scheme, path and query as they are', async () => {
    const url = 'http://chat.example:8787/rooms/caf%C3%A9%2Fa?b=1&c=2';
    expect(await asked({}, { url })).toEqual({
      ...ABOUT,
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'chat.example:8787',
      'x-forwarded-uri': '/rooms/caf%C3%A9%2Fa?b=1&c=2',
    });
  });

  it('says the address where it is known', async () => {
    expect(await asked({}, { address: '192.0.2.1' })).toEqual({ ...ABOUT, 'x-forwarded-for': '192.0.2.1' });
  });

  it('says nothing that the client says of itself in X-Forwarded-*', async () => {
    const names = ['For', 'Host', 'Proto', 'Uri', 'Method'].map((name) => [`X-Forwarded-${name}`, 'forged'] as const);
    expect(await asked({}, { headers: Object.fromEntries(names) })).toEqual(ABOUT);
  });

  it('shows Authorization and Cookie of the client, and no other header', async () => {
    const headers = { Authorization: 'Basic abc', Cookie: 'a=b; c=d', 'X-Other': 'e', 'Signalbox-User': 'forged' };
    expect(await asked({}, { headers })).toEqual({ ...ABOUT, authorization: 'Basic abc', cookie: 'a=b; c=d' });
  });

  it('shows the headers that the route chooses, and no others', async () => {
    const headers = { Authorization: 'Basic abc', Cookie: 'a=b', 'X-Tenant': 't' };
    expect(await asked({ headers: ['x-tenant', 'X-Absent'] }, { headers })).toEqual({ ...ABOUT, 'x-tenant': 't' });
    expect(await asked({ headers: [] }, { headers })).toEqual(ABOUT);
  });

  it("shows a credential as Authorization, before the client's own", async () => {
    const client = { credential: 'abc', headers: { Authorization: 'Basic forged' } };
    expect(await asked({}, client)).toEqual({ ...ABOUT, authorization: 'Bearer abc' });
    expect(await asked({ headers: [] }, { credential: 'abc' })).toEqual({ ...ABOUT, authorization: 'Bearer abc' });
  });

  it('holds no credential of the query in its URI', async () => {
    const url = 'https://chat.example/rooms/a?token=secret&b=1';
    expect(await asked({ from: [{ query: 'token' }] }, { url })).toMatchObject({ 'x-forwarded-uri': '/rooms/a?b=1' });
    expect(await asked({}, { url })).toMatchObject({ 'x-forwarded-uri': '/rooms/a?token=secret&b=1' });
    const rules = { headers: ['Referer'], from: [{ query: 'token' }] };
    expect(await asked(rules, { headers: { Referer: url } })).toMatchObject({
      referer: 'https://chat.example/rooms/a?b=1',
    });
  });
});

describe('an origin that lets a client in', () => {
  it.each([200, 201, 204, 299])('makes a pass of the headers of a %i', async (status) => {
    answerWith({ 'Signalbox-User': 'ann' }, status);
    expect(await ask()).toEqual({
      identity: { userId: 'ann', claims: {} },
      permissions: EVERYTHING,
      expiresAt: null,
      once: null,
    });
  });

  it('makes a pass of all that it says', async () => {
    const permissions = [{ room: 'a*', allow: ['subscribe'] }];
    answerWith({
      'Signalbox-User': 'ann@example.com',
      'Signalbox-Permissions': JSON.stringify(permissions),
      'Signalbox-Claims': '{"name":"Ann","list":[1]}',
      'Signalbox-Expires': '1800000060',
    });
    expect(await ask()).toEqual({
      identity: { userId: 'ann@example.com', claims: { name: 'Ann', list: [1] } },
      permissions,
      expiresAt: 1_800_000_060_000,
      once: null,
    });
  });

  it("leaves what it does not say to the route's permissions", async () => {
    const permissions = [{ room: 'lobby', allow: ['subscribe'] }] as const;
    expect(await ask({ permissions })).toMatchObject({ permissions });
  });

  it('has its body thrown away', async () => {
    const cancelled = vi.fn();
    const body = new ReadableStream({ cancel: cancelled });
    world.answers[ORIGIN] = () => new Response(body, { headers: { 'Signalbox-User': 'ann' } });
    expect(await ask()).toMatchObject({ identity: { userId: 'ann' } });
    expect(cancelled).toHaveBeenCalledOnce();
  });

  it.each([
    ['no user', {}],
    ['an empty user', { 'Signalbox-User': '' }],
    ['a user that is too long', { 'Signalbox-User': 'a'.repeat(257) }],
    ['permissions that are no list', { 'Signalbox-User': 'ann', 'Signalbox-Permissions': '{"allow":["publish"]}' }],
    ['permissions that are null', { 'Signalbox-User': 'ann', 'Signalbox-Permissions': 'null' }],
    ['permissions there are not', { 'Signalbox-User': 'ann', 'Signalbox-Permissions': '[{"allow":["fly"]}]' }],
    ['claims that are no object', { 'Signalbox-User': 'ann', 'Signalbox-Claims': '"admin"' }],
    ['an end that is no time', { 'Signalbox-User': 'ann', 'Signalbox-Expires': 'tomorrow' }],
    ['an end that never comes', { 'Signalbox-User': 'ann', 'Signalbox-Expires': 'Infinity' }],
    ['a date', { 'Signalbox-User': 'ann', 'Signalbox-Expires': 'Fri, 15 Jan 2027 08:00:00 GMT' }],
    ['more than 8 KiB', { 'Signalbox-User': 'ann', 'Signalbox-Claims': JSON.stringify({ a: 'a'.repeat(8192) }) }],
  ])('lets nobody in with %s', async (_, headers) => {
    answerWith(headers);
    expect(await ask()).toEqual(NO_IDENTITY);
  });

  it.each(['Signalbox-Permissions', 'Signalbox-Claims'])('lets nobody in with a %s that is not JSON', async (name) => {
    for (const value of ['publish', '[', '{"a":', '']) {
      answerWith({ 'Signalbox-User': 'ann', [name]: value });
      expect([value, await ask()]).toEqual([value, FAILED]);
    }
  });
});
