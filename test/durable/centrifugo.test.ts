import { runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CHANNEL_OPTIONS, type Namespaces } from '../../src/config/channels.ts';
import { settingsText } from '../../src/platform/stub.ts';
import { IDEMPOTENCY_TTL_MS } from '../../src/room/idempotency.ts';
import { type Client, connect, evict, ROOM } from './client.ts';

const namespaces: Namespaces = {
  '': { ...DEFAULT_CHANNEL_OPTIONS, historySize: 100, forceRecovery: true, presence: true },
  plain: DEFAULT_CHANNEL_OPTIONS,
  delta: { ...DEFAULT_CHANNEL_OPTIONS, delta: true },
};

async function enter(room: string): Promise<Client> {
  return connect(room, { protocol: 'centrifugo' }, null, { namespaces });
}

/** Sends commands, each with the next id, and gives back what comes on the next lines. */
class Speaker {
  readonly #client: Client;
  readonly #lines: string[] = [];
  #id = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  static async connect(room: string): Promise<Speaker> {
    const speaker = new Speaker(await enter(room));
    await speaker.ask({ connect: {} });
    return speaker;
  }

  async next(): Promise<Record<string, unknown>> {
    if (this.#lines.length === 0) this.#lines.push(...String(await this.#client.next()).split('\n'));
    return JSON.parse(this.#lines.shift() ?? '');
  }

  say(command: object): void {
    this.#client.send(JSON.stringify({ id: ++this.#id, ...command }));
  }

  /** The next line must be the reply. */
  async ask(command: object): Promise<Record<string, unknown>> {
    this.say(command);
    const reply = await this.next();
    expect(reply).toMatchObject({ id: this.#id });
    return reply;
  }

  sendPing(): void {
    this.#client.send('ping');
  }
}

/** Publishes through the server API. */
function publishByApi(room: string, params: object, given: Namespaces = namespaces): Promise<string> {
  const settings = settingsText({ namespaces: given, tokens: null, application: null });
  return ROOM.getByName(room).callServerApi(settings, 'publish', JSON.stringify(params));
}

const publishOnce = (room: string, channel: string, data: number) =>
  publishByApi(room, { channel, data, idempotency_key: 'k' });

const publish = (data: unknown, channel = 'a') => ({ publish: { channel, data } });
const pushOf = (data: unknown, offset: number) => ({
  push: { channel: 'a', pub: expect.objectContaining({ data, offset }) },
});

describe('after the room slept', () => {
  it('subscriptions go on, and nobody has to say hello again', async () => {
    const [ada, ben] = [await Speaker.connect('sleep'), await Speaker.connect('sleep')];
    await ben.ask({ subscribe: { channel: 'a' } });
    await evict('sleep');
    expect(await ada.ask(publish(1))).toHaveProperty('publish');
    expect(await ben.next()).toEqual(pushOf(1, 1));
    await ben.ask({ unsubscribe: { channel: 'a' } });
    await evict('sleep');
    await ada.ask(publish(2));
    expect(await ben.ask({ ping: {} })).toHaveProperty('ping');
  });

  it('a subscription with deltas goes on: whole first, then what changed', async () => {
    const [ada, ben] = [await Speaker.connect('delta'), await Speaker.connect('delta')];
    const text = 'long enough that it pays to say only what changed';
    const publishAndRead = async (value: number) => {
      await ada.ask(publish([text, value], 'delta:a'));
      return ((await ben.next()) as { push: { pub: Record<string, unknown> } }).push.pub;
    };
    const whole = (value: number) => ({ data: JSON.stringify([text, value]), info: expect.anything() });
    const changed = { data: expect.stringMatching(/^s\nq@0,/), delta: true, info: expect.anything() };
    expect(await ben.ask({ subscribe: { channel: 'delta:a', delta: 'fossil' } })).toMatchObject({
      subscribe: { delta: true },
    });
    expect([await publishAndRead(1), await publishAndRead(2)]).toEqual([whole(1), changed]);
    await evict('delta');
    expect([await publishAndRead(3), await publishAndRead(4)]).toEqual([whole(3), changed]);
  });

  it('what was published with skip_history is gone, and the stream has no gap', async () => {
    const ada = await Speaker.connect('skip');
    const { subscribe: place } = await ada.ask({ subscribe: { channel: 'a' } });
    for (const data of [1, 2, 3]) {
      await publishByApi('skip', { channel: 'a', data, skip_history: data === 2 });
      expect(await ada.next()).toMatchObject({
        push: { pub: data === 2 ? { data } : { data, offset: (data + 1) / 2 } },
      });
    }
    await evict('skip');
    const ben = await Speaker.connect('skip');
    const { epoch } = place as { epoch: string };
    expect(await ben.ask({ subscribe: { channel: 'a', recover: true, offset: 0, epoch } })).toMatchObject({
      subscribe: {
        recovered: true,
        publications: [
          { data: 1, offset: 1 },
          { data: 3, offset: 2 },
        ],
      },
    });
  });

  it('those who were on a channel are still there, and nobody is told that they came', async () => {
    const settings = { namespaces: { '': { ...DEFAULT_CHANNEL_OPTIONS, joinLeave: true } } };
    const ada = new Speaker(await connect('moves', { protocol: 'centrifugo' }, null, settings));
    await ada.ask({ connect: {} });
    await ada.ask({ subscribe: { channel: 'main', join_leave: true } });
    const bare = await connect('moves', {}, null, settings);
    expect(await ada.next()).toMatchObject({ push: { channel: 'main', join: {} } });
    await evict('moves');
    expect(await ada.ask({ ping: {} })).toHaveProperty('ping');
    bare.socket.close();
    expect(await ada.next()).toMatchObject({ push: { channel: 'main', leave: {} } });
  });

  it('a stream is another one if its channel kept nothing for a while', async () => {
    const publish = (given: Namespaces) => publishByApi('unkept', { channel: 'a', data: 1 }, given);
    const { result } = JSON.parse(await publish(namespaces));
    await publish({ '': DEFAULT_CHANNEL_OPTIONS });
    await evict('unkept');
    const ada = await Speaker.connect('unkept');
    expect(await ada.ask({ subscribe: { channel: 'a', recover: true, ...result } })).toMatchObject({
      subscribe: { recovered: false, publications: [], offset: 0, epoch: expect.not.stringMatching(result.epoch) },
    });
  });

  it.each(['a', 'plain:a'])('an idempotency key is known still: %s', async (channel) => {
    const room = `once ${channel}`;
    const ben = await Speaker.connect(room);
    await ben.ask({ subscribe: { channel } });
    const first = await publishOnce(room, channel, 1);
    expect(await ben.next()).toMatchObject({ push: { pub: { data: 1 } } });
    await evict(room);
    expect(await publishOnce(room, channel, 2)).toBe(first);
    expect(await ben.ask({ ping: {} })).toHaveProperty('ping');
  });

  it('an idempotency key is forgotten in five minutes, by the alarm of the room', async () => {
    const room = ROOM.getByName('forget');
    await publishOnce('forget', 'plain:a', 1);
    const alarm = await runInDurableObject(room, (_, { storage }) => storage.getAlarm());
    expect(alarm).toBeGreaterThan(Date.now());
    expect(alarm).toBeLessThanOrEqual(Date.now() + IDEMPOTENCY_TTL_MS);
  });

  it('history goes on where it was, under the same epoch', async () => {
    const ada = await Speaker.connect('history');
    await ada.ask(publish(1));
    const before = await ada.ask({ history: { channel: 'a', limit: 10 } });
    await evict('history');
    expect((await ada.ask({ history: { channel: 'a', limit: 10 } })).history).toEqual(before.history);
    await ada.ask(publish(2));
    expect(await ada.ask({ history: { channel: 'a', limit: 0 } })).toMatchObject({
      history: { offset: 2, epoch: (before.history as { epoch: string }).epoch },
    });
  });

  it('a client that comes back gets what it missed', async () => {
    const [ada, ben] = [await Speaker.connect('back'), await Speaker.connect('back')];
    const { subscribe } = await ben.ask({ subscribe: { channel: 'a' } });
    await ben.ask({ unsubscribe: { channel: 'a' } });
    await ada.ask(publish(1));
    await evict('back');
    await ada.ask(publish(2));
    const { epoch } = subscribe as { epoch: string };
    const again = await ben.ask({ subscribe: { channel: 'a', recover: true, offset: 0, epoch } });
    expect(again).toMatchObject({ subscribe: { recovered: true, publications: [{ data: 1 }, { data: 2 }] } });
  });

  it('presence is of those who are still there', async () => {
    const [ada, ben] = [await Speaker.connect('who'), await Speaker.connect('who')];
    await ada.ask({ subscribe: { channel: 'a' } });
    await ben.ask({ subscribe: { channel: 'a' } });
    await evict('who');
    expect(await ada.ask({ presence_stats: { channel: 'a' } })).toMatchObject({ presence_stats: { num_clients: 2 } });
  });
});

it('asks for no pings, so that a room need not wake up to send them', async () => {
  const client = await enter('no-pings');
  client.send('{"id":1,"connect":{}}');
  expect(JSON.parse(String(await client.next())).connect).not.toHaveProperty('ping');
});

it('replies to a subscription before anything that is published on it', async () => {
  const client = await enter('order');
  client.send(
    '{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"plain:a"}}\n{"id":3,"publish":{"channel":"plain:a","data":1}}',
  );
  const first = String(await client.next())
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(first.map(({ id }) => id)).toEqual([1, 2]);
});

it('keeps a subscription to as many channels as fit in what is kept with a socket, and refuses one more', async () => {
  const ada = await Speaker.connect('many');
  for (let i = 0; i < 128; i++) await ada.ask({ subscribe: { channel: `plain:${i}` } });
  expect(await ada.ask({ subscribe: { channel: 'plain:one-more' } })).toMatchObject({ error: { code: 106 } });
  await evict('many');
  expect(await ada.ask({ subscribe: { channel: 'plain:127' } })).toMatchObject({ error: { code: 105 } });
});

it('writes nothing for a room that keeps no history', async () => {
  const ada = await Speaker.connect('nothing');
  await ada.ask(publish(1, 'plain:a'));
  const tables = await runInDurableObject(ROOM.getByName('nothing'), (_, { storage: { sql } }) => [
    ...sql.exec("SELECT name FROM sqlite_master WHERE name IN ('streams', 'publications')"),
  ]);
  expect(tables).toEqual([]);
});
