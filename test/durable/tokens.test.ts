import { runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { resolveTokens } from '../../src/config/auth-schema.ts';
import { DEFAULT_CHANNEL_OPTIONS, type Namespaces } from '../../src/config/channels.ts';
import type { RoomSettings } from '../../src/config/config.ts';
import { settingsText } from '../../src/platform/stub.ts';
import type { AdmissionChanges } from '../support/admission.ts';
import { signToken } from '../support/tokens-for-table.ts';
import { type Client, connect, evict, ROOM } from './client.ts';

const namespaces: Namespaces = {
  '': { ...DEFAULT_CHANNEL_OPTIONS, presence: true },
  private: { ...DEFAULT_CHANNEL_OPTIONS, subscribe: 'token' },
};
const tokens = resolveTokens({ algorithms: ['HS256'], secret: 'TOKEN_SECRET' });
const SETTINGS: RoomSettings = { namespaces, tokens, application: null };

/** A token of `ada` that has no end, unless the claims say otherwise. */
const token = (claims: object = {}) => signToken({ exp: undefined, ...claims });

/** Sends commands, each with the next id, and takes what comes line by line. */
class Speaker {
  readonly client: Client;
  readonly #lines: string[] = [];
  #id = 0;

  constructor(client: Client) {
    this.client = client;
  }

  static async open(room: string, changes: AdmissionChanges = {}, settings = SETTINGS): Promise<Speaker> {
    return new Speaker(await connect(room, { protocol: 'centrifugo', ...changes }, null, settings));
  }

  /** The next line, or the close. */
  async next(): Promise<unknown> {
    if (this.#lines.length === 0) {
      const arrival = await this.client.next();
      if (typeof arrival !== 'string') return arrival;
      this.#lines.push(...arrival.split('\n'));
    }
    return JSON.parse(this.#lines.shift() ?? '');
  }

  say(command: object): void {
    this.client.send(JSON.stringify({ id: ++this.#id, ...command }));
  }

  ask(command: object): Promise<unknown> {
    this.say(command);
    return this.next();
  }
}

async function enter(room: string, claims: object = {}): Promise<Speaker> {
  const speaker = await Speaker.open(room);
  expect(await speaker.ask({ connect: { token: await token(claims) } })).toHaveProperty('connect');
  return speaker;
}

const presence = { presence: { channel: 'a' } };
const callApi = async (room: string, method: string, params: object, settings = SETTINGS) =>
  JSON.parse(await ROOM.getByName(room).callServerApi(settingsText(settings), method, JSON.stringify(params)));

describe('after the room slept', () => {
  it('a client with a token is who it was, and may do what it could', async () => {
    const only = { permissions: [{ channel: 'a', allow: ['subscribe', 'presence'] }] };
    const ada = await enter('who', { info: { name: 'Ada' }, ...only });
    await ada.ask({ subscribe: { channel: 'a' } });
    await evict('who');
    const clients = ((await ada.ask(presence)) as { presence: { presence: object } }).presence.presence;
    expect(Object.values(clients)).toMatchObject([{ user: 'ada', conn_info: { name: 'Ada' } }]);
    expect(await ada.ask({ publish: { channel: 'a', data: 1 } })).toMatchObject({ error: { code: 103 } });
  });

  it('tokens are still looked at, of those who had not shown theirs', async () => {
    const [ada, eve] = [await Speaker.open('late'), await Speaker.open('late')];
    await evict('late');
    const permissions = [{ room: 'late', allow: ['publish'] }];
    expect(await ada.ask({ connect: { token: await token({ permissions }) } })).toHaveProperty('connect');
    expect(await ada.ask({ publish: { channel: 'a', data: 1 } })).toHaveProperty('publish');
    expect(await eve.ask({ connect: { token: 'nonsense' } })).toEqual({ code: 3500, reason: 'invalid token' });
  });

  it('a connection and a subscription can be renewed', async () => {
    const ada = await enter('renew', { exp: Date.now() / 1000 + 3600 });
    const channel = 'private:a';
    const exp = Date.now() / 1000 + 60;
    await ada.ask({ subscribe: { channel, token: await token({ channel, exp }) } });
    await evict('renew');
    expect(await ada.ask({ refresh: { token: await token() } })).toHaveProperty('refresh');
    expect(await ada.ask({ sub_refresh: { channel, token: await token({ channel }) } })).toHaveProperty('sub_refresh');
    await evict('renew');
    expect(await ROOM.getByName('renew').list()).toMatchObject([{ userId: 'ada', expiresAt: null }]);
    expect(await ada.ask({ subscribe: { channel } })).toMatchObject({ error: { code: 103 } });
  });

  it('subscriptions that the server made go on, and can’t be left', async () => {
    const ada = await enter('server', { channels: ['private:a'] });
    await callApi('server', 'subscribe', { user: 'ada', channel: 'b' });
    expect(await ada.next()).toEqual({ push: { channel: 'b', subscribe: {} } });
    await evict('server');
    for (const channel of ['private:a', 'b']) {
      await callApi('server', 'publish', { channel, data: 1 });
      expect(await ada.next()).toEqual({ push: { channel, pub: { data: 1 } } });
      expect(await ada.ask({ unsubscribe: { channel } })).toMatchObject({ error: { code: 107 } });
    }
  });

  it('a user still has no more connections than it may', async () => {
    const limits = { maxConnectionsPerUser: 1 };
    const ada = await Speaker.open('limit', { limits });
    await ada.ask({ connect: { token: await token() } });
    const again = await Speaker.open('limit', { limits });
    await evict('limit');
    expect(await again.ask({ connect: { token: await token() } })).toEqual({ code: 3504, reason: 'connection limit' });
    expect(await ada.ask({ ping: {} })).toHaveProperty('ping');
  });
});

describe('while the room sleeps', () => {
  it('a subscription ends in its time, and the connection goes on', async () => {
    const ada = await enter('sub-end');
    const channel = 'private:a';
    await callApi('sub-end', 'subscribe', { user: 'ada', channel, expire_at: Math.ceil(Date.now() / 1000) });
    expect(await ada.next()).toHaveProperty('push.subscribe');
    await evict('sub-end');
    const end = { code: 2501, reason: 'subscription expired' };
    expect(await ada.next()).toEqual({ push: { channel, unsubscribe: end } });
    expect(await ada.ask({ ping: {} })).toHaveProperty('ping');
  });

  it('a connection ends when the server API said', async () => {
    const ada = await enter('end');
    await callApi('end', 'refresh', { user: 'ada', expire_at: Math.floor(Date.now() / 1000) - 25 });
    expect(await ada.next()).toHaveProperty('push.refresh');
    await evict('end');
    expect(await ada.next()).toEqual({ code: 3005, reason: 'connection expired' });
  });

  it('nobody waits for what is good for centuries', async () => {
    // Somebody whom the edge knows is given no time to say who it is, so nothing else asks for an alarm.
    const changes = { identity: { userId: 'ada', claims: {} }, expiresAt: 9_999_999_999_000 };
    const ada = await Speaker.open('centuries', changes);
    await ada.ask({ connect: { token: await token({ exp: 9_999_999_999 }) } });
    const alarm = await runInDurableObject(ROOM.getByName('centuries'), (_, { storage }) => storage.getAlarm());
    expect(alarm).toBeNull();
    await evict('centuries');
    expect(await ada.ask(presence)).toHaveProperty('presence');
  });
});

describe('settings', () => {
  it('come in ASCII, whatever they are about', async () => {
    const strange: Namespaces = { ...namespaces, 'é🙂\u0000\u007f': DEFAULT_CHANNEL_OPTIONS };
    const settings = { namespaces: strange, tokens: null, application: null };
    expect(settingsText(settings)).toMatch(/^[ -~]+$/);
    expect(JSON.parse(settingsText(settings))).toEqual(settings);
    const ada = await Speaker.open('strange', {}, settings);
    await ada.ask({ connect: {} });
    await evict('strange');
    expect(await ada.ask({ subscribe: { channel: 'é🙂\u0000\u007f:a' } })).toHaveProperty('subscribe');
  });

  it('that change hold for those who are there', async () => {
    const ada = await enter('change', { channels: ['private:a'], exp: Date.now() / 1000 + 3600 });
    const without = { namespaces: { '': DEFAULT_CHANNEL_OPTIONS }, tokens: null, application: null };
    await callApi('change', 'info', {}, without);
    await evict('change');
    expect(await ada.ask({ refresh: { token: await token() } })).toMatchObject({ error: { code: 108 } });
    expect(await callApi('change', 'publish', { channel: 'private:a', data: 1 }, without)).toMatchObject({
      error: { code: 102 },
    });
    expect(await callApi('change', 'publish', { channel: 'private:a', data: 2 })).toEqual({ result: {} });
    expect(await ada.ask({ refresh: { token: await token() } })).toHaveProperty('refresh');
  });

  it('that begin to want tokens wake up with those who have none to show', async () => {
    const ada = await Speaker.open('begin', {}, { namespaces, tokens: null, application: null });
    await callApi('begin', 'info', {});
    await evict('begin');
    expect(await ada.ask({ connect: {} })).toMatchObject({ error: { code: 101 } });
    expect(await ada.ask({ connect: { token: await token() } })).toHaveProperty('connect');
  });
});

it('a secret that is not set costs those who show a token their connection, and nobody else', async () => {
  const settings = { namespaces, tokens: { ...tokens, secret: 'NOT_SET' }, application: null };
  const [ada, ben] = await Promise.all(
    [{}, { identity: { userId: 'ben', claims: {} } }].map((changes) => Speaker.open('missing', changes, settings)),
  );
  await ben?.ask({ connect: {} });
  expect(await ada?.ask({ connect: { token: await token() } })).toMatchObject({ code: 1011 });
  expect(await ben?.ask({ ping: {} })).toHaveProperty('ping');
});
