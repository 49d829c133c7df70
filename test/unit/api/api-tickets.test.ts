import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Pass } from '../../../src/auth/pass.ts';
import { verifyTicket } from '../../../src/auth/ticket.ts';
import { ACTIONS } from '../../../src/config/auth.ts';
import { Rejected } from '../../../src/config/errors.ts';
import { grantsIn } from '../../../src/config/permissions.ts';
import { callApi, FakeDeployment, told } from '../../support/api.ts';
import { FakeWorld, NOW, resolved } from '../../support/tokens.ts';

const path = '/admin/tickets';

let deployment: FakeDeployment;

beforeEach(() => {
  // The API asks the machine for the time.
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 });
  vi.spyOn(console, 'error').mockImplementation(() => {});
  deployment = new FakeDeployment();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function mint(body: object): Promise<{ ticket: string; expiresAt: number }> {
  const response = await callApi(deployment, { path, body });
  expect(response.status).toBe(201);
  return (await response.json()) as { ticket: string; expiresAt: number };
}

/** What a ticket is good for, so many seconds after it was minted. */
function use(ticket: string, seconds = 0): Promise<Pass | Rejected> {
  const world = new FakeWorld();
  world.time += seconds * 1000;
  return verifyTicket(resolved({ kind: 'ticket', secret: 'SECRET' }), ticket, world);
}

describe('a ticket', () => {
  it('is good for what was ordered', async () => {
    const claims = { name: 'Ann', roles: ['a'] };
    const order = { rooms: 'games/*', userId: 'ann', allow: ['publish'], channel: 'news', claims };
    const { ticket } = await mint({ ...order, connectionExpiresIn: 3600 });
    expect(await use(ticket)).toEqual({
      identity: { userId: 'ann', claims },
      permissions: [{ room: 'games/*', channel: 'news', allow: ['publish'] }],
      expiresAt: (NOW + 3600) * 1000,
      once: null,
    });
  });

  it('permits everything in its room, and nothing in another, where nothing else was ordered', async () => {
    const pass = await use((await mint({ room: 'lobby', userId: 'ann' })).ticket);
    if (pass instanceof Rejected) throw new TypeError('The ticket must be good');
    expect(pass).toMatchObject({ identity: { claims: {} }, expiresAt: null });
    expect(grantsIn(pass.permissions, 'lobby')).toEqual([{ channel: '*', allow: ACTIONS }]);
    expect(grantsIn(pass.permissions, 'lobby2')).toBeNull();
  });

  it('is for one room, whatever stands in its name', async () => {
    const pass = await use((await mint({ room: '*', userId: 'ann' })).ticket);
    if (pass instanceof Rejected) throw new TypeError('The ticket must be good');
    expect(grantsIn(pass.permissions, 'lobby')).toBeNull();
    expect(grantsIn(pass.permissions, '%2A')).not.toBeNull();
  });

  it.each([
    [undefined, 60],
    [1, 1],
    [86_400, 86_400],
  ])('that is to be used within %s seconds expires after %i', async (expiresIn, seconds) => {
    const { ticket, expiresAt } = await mint({ room: 'lobby', userId: 'ann', expiresIn });
    expect(expiresAt).toBe(NOW + seconds);
    expect(await use(ticket, seconds - 1)).toMatchObject({ identity: { userId: 'ann' } });
    expect(await use(ticket, seconds)).toEqual(new Rejected('ERR_CREDENTIALS_EXPIRED'));
  });
});

describe('an order', () => {
  const good = { room: 'lobby', userId: 'ann' };

  it.each<[object, string[]]>([
    [{}, ['userId']],
    [{ userId: 'ann' }, ['body']],
    [{ ...good, rooms: 'lobby*' }, ['body']],
    [{ room: 'lobby' }, ['userId']],
    [{ ...good, room: '' }, ['room']],
    [{ ...good, room: 'a'.repeat(257) }, ['room']],
    [{ ...good, room: ['lobby'] }, ['room']],
    [{ ...good, userId: 7 }, ['userId']],
    [{ ...good, userId: 'a'.repeat(257) }, ['userId']],
    [{ ...good, allow: 'publish' }, ['allow']],
    [{ ...good, allow: ['publish', 'fly'] }, ['allow.1']],
    [{ ...good, channel: '' }, ['channel']],
    [{ ...good, claims: 'admin' }, ['claims']],
    [{ ...good, claims: null }, ['claims']],
    [{ ...good, claims: { a: 'a'.repeat(4096) } }, ['claims']],
    [{ ...good, expiresIn: 0 }, ['expiresIn']],
    [{ ...good, expiresIn: -1 }, ['expiresIn']],
    [{ ...good, expiresIn: 1.5 }, ['expiresIn']],
    [{ ...good, expiresIn: '60' }, ['expiresIn']],
    [{ ...good, expiresIn: 86_401 }, ['expiresIn']],
    [{ ...good, connectionExpiresIn: 0 }, ['connectionExpiresIn']],
    [{ ...good, connectionExpiresIn: 365 * 86_400 + 1 }, ['connectionExpiresIn']],
    [{ ...good, permissions: [{ allow: [] }] }, ['permissions']],
    [{ ...good, once: true }, ['once']],
    [{ userId: '', expiresIn: 'x' }, ['userId', 'expiresIn']],
  ])('is refused, and what is wrong with it is said: %j', async (body, places) => {
    const [status, problem] = await told(callApi(deployment, { path, body }));
    expect([status, problem]).toEqual([400, expect.objectContaining({ code: 'ERR_API_REQUEST', status: 400 })]);
    const { mistakes } = problem as { mistakes: string[] };
    expect(mistakes.map((mistake) => mistake.split(': ')[0])).toEqual(places);
  });

  it.each(['', '{', '[', 'null', '7', '"lobby"', 'room=lobby'])(
    'is refused as a whole that is no object: %j',
    async (body) => {
      const [status, problem] = await told(callApi(deployment, { path, body }));
      expect([status, problem]).toEqual([
        400,
        expect.objectContaining({ mistakes: [expect.stringMatching(/^body: /)] }),
      ]);
    },
  );

  it('is refused without a body', async () => {
    expect((await callApi(deployment, { path, method: 'POST' })).status).toBe(400);
  });
});

describe('a router that mints no tickets', () => {
  it('has no such call, whatever the body', async () => {
    for (const body of [{ room: 'lobby', userId: 'ann' }, {}]) {
      const answer = callApi(deployment, { path, body }, { kind: 'api', keys: 'KEYS' });
      expect(await told(answer)).toEqual([404, expect.objectContaining({ code: 'ERR_API_NOT_FOUND' })]);
    }
  });

  it('says that it is a mistake where only the secret is missing', async () => {
    deployment.secrets.SECRET = '';
    const answer = callApi(deployment, { path, body: { room: 'lobby', userId: 'ann' } });
    expect(await told(answer)).toEqual([500, expect.objectContaining({ code: 'ERR_INTERNAL' })]);
    expect(console.error).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ name: 'MissingSecret' }));
  });
});
