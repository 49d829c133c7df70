import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DISCONNECTS } from '../../../src/config/disconnects.ts';
import { callApi, FakeDeployment, told } from '../../support/api.ts';

let deployment: FakeDeployment;

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  deployment = new FakeDeployment();
});

afterEach(() => {
  vi.restoreAllMocks();
});

const disconnect = (body: unknown, room = 'lobby') =>
  callApi(deployment, { path: `/admin/rooms/${room}/disconnect`, body });

describe('the connections of a room', () => {
  it('are listed as the room tells them', async () => {
    deployment.connections = [
      { id: 'c1', userId: 'ann', protocol: 'raw', connectedAt: 1, expiresAt: 2, address: '192.0.2.1' },
      { id: 'c2', userId: null, protocol: 'raw', connectedAt: 3, expiresAt: null, address: null },
    ];
    const response = await callApi(deployment, { path: '/admin/rooms/lobby/connections' });
    expect(response.headers.get('Content-Type')).toMatch(/^application\/json/);
    expect(await told(response)).toEqual([200, { connections: deployment.connections }]);
    expect(deployment.calls).toEqual([{ room: 'lobby', call: 'list' }]);
  });

  it('may be none', async () => {
    expect(await told(callApi(deployment, { path: '/admin/rooms/lobby/connections' }))).toEqual([
      200,
      { connections: [] },
    ]);
  });
});

describe('the room of a call', () => {
  it.each([
    ['lobby', 'lobby'],
    ['games%2Fchess', 'games/chess'],
    ['caf%C3%A9', 'caf%C3%A9'],
    ['caf%c3%a9', 'caf%C3%A9'],
    ['café', 'caf%C3%A9'],
    ['caf%25C3%25A9', 'caf%C3%A9'],
    ['a%20b', 'a%20b'],
    ['a%252Fb', 'a%2Fb'],
    ['games%2Fa%252Fb', 'games/a%2Fb'],
    ['100%25', '100%25'],
    ['a%3Fb%23c', 'a%3Fb%23c'],
    ['connections', 'connections'],
  ])('%s is the room named %s', async (spelling, room) => {
    await callApi(deployment, { path: `/admin/rooms/${spelling}/connections` });
    await disconnect({ userId: 'ann' }, spelling);
    expect(deployment.calls.map((call) => call.room)).toEqual([room, room]);
  });
});

describe('a disconnect', () => {
  it.each([
    [{ userId: 'ann' }, { userId: 'ann' }, DISCONNECTS.forceDisconnect],
    [{ userId: 'ann', reconnect: false }, { userId: 'ann' }, DISCONNECTS.forceDisconnect],
    [{ userId: 'ann', reconnect: true }, { userId: 'ann' }, DISCONNECTS.forceReconnect],
    [{ connectionId: 'c1' }, { connectionId: 'c1' }, DISCONNECTS.forceDisconnect],
    [{ connectionId: 'c1', reconnect: true }, { connectionId: 'c1' }, DISCONNECTS.forceReconnect],
    [{ userId: 'é'.repeat(256) }, { userId: 'é'.repeat(256) }, DISCONNECTS.forceDisconnect],
  ])('of %j ends what it says', async (body, who, expected) => {
    deployment.disconnected = 3;
    expect(await told(disconnect(body))).toEqual([200, { disconnected: 3 }]);
    expect(deployment.calls).toStrictEqual([{ room: 'lobby', call: 'disconnect', who, disconnect: expected }]);
  });

  it.each([
    ...[{}, [], null, 7, 'ann', { userId: 'ann', connectionId: 'c1' }, { reconnect: true }, { userID: 'ann' }],
    ...[{ userId: '' }, { userId: 7 }, { userId: null }, { userId: ['ann'] }, { userId: 'a'.repeat(257) }],
    ...[{ connectionId: '' }, { connectionId: {} }, { userId: 'ann', reconnect: 'yes' }, { userId: 'ann', all: true }],
  ])('of %j ends nothing, and says what is wrong', async (body) => {
    const [status, problem] = await told(disconnect(JSON.stringify(body)));
    expect(status).toBe(400);
    expect(problem).toMatchObject({ code: 'ERR_API_REQUEST', mistakes: [expect.any(String)] });
    expect(deployment.calls).toEqual([]);
  });

  it.each([
    [{ userId: 7, connectionId: 'c1', all: true }, ['userId', 'all']],
    [{ userId: 'ann', connectionId: 'c1' }, ['body']],
    [{ reconnect: true }, ['body']],
  ])('of %j says where it is wrong', async (body, places) => {
    const { mistakes } = (await told(disconnect(body)))[1] as { mistakes: string[] };
    expect(mistakes.map((mistake) => mistake.split(': ')[0])).toEqual(places);
  });

  it.each(['', '{', 'userId=ann', '{"userId":"ann"} x', '\0'])(
    'of %j, which is not JSON, ends nothing',
    async (body) => {
      expect(await told(disconnect(body))).toEqual([400, expect.objectContaining({ code: 'ERR_API_REQUEST' })]);
      expect(deployment.calls).toEqual([]);
    },
  );
});

it('hides why a room could not be reached', async () => {
  deployment.failure = new Error('internal address 10.0.0.1');
  const response = await callApi(deployment, { path: '/admin/rooms/lobby/connections' });
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('10.0.0.1');
  expect(console.error).toHaveBeenCalledExactlyOnceWith(deployment.failure);
});
