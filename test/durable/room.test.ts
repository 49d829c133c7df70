import { runInDurableObject } from 'cloudflare:test';
import { expect, it, vi } from 'vitest';
import { PROTOCOLS } from '../../src/protocols/protocol.ts';
import { ask, type Client, connect, evict, ROOM } from './client.ts';

/** Shows that nothing else was on the way to a client: the marker is the next thing to arrive. */
async function expectNothingBefore(marker: string, from: Client, to: Client) {
  from.send(marker);
  expect(await to.next()).toBe(marker);
}

const bytes = (...values: number[]) => new Uint8Array(values).buffer;

/** The object that is awake now under a room's name: another one after each sleep. */
function awake(room: string): Promise<object> {
  return runInDurableObject(ROOM.getByName(room), (instance) => instance);
}

it('sends what a member says to everybody else, text as text and bytes as bytes', async () => {
  const [ada, ben, eve] = [await connect('say'), await connect('say'), await connect('say')];
  ada.send('héllo 🙂');
  ada.send(bytes(0, 255, 128, 10));
  for (const member of [ben, eve]) {
    expect(await member.next()).toBe('héllo 🙂');
    expect(await member.next()).toEqual(bytes(0, 255, 128, 10));
  }
  await expectNothingBefore('marker', ben, ada);
});

it('takes empty messages, text and bytes', async () => {
  const [ada, ben] = [await connect('empty'), await connect('empty')];
  ada.send('');
  ada.send(bytes());
  expect(await ben.next()).toBe('');
  expect(await ben.next()).toEqual(bytes());
});

it('sends a message to its sender too where the route says echo', async () => {
  const ada = await connect('echo', { echo: true });
  ada.send('a');
  expect(await ada.next()).toBe('a');
});

it('sends nothing to another room', async () => {
  const [ada, ben, eve] = [await connect('here'), await connect('here'), await connect('there')];
  const zoe = await connect('there');
  ada.send('a');
  expect(await ben.next()).toBe('a');
  await expectNothingBefore('marker', zoe, eve);
});

it('goes on after it slept: members, echo, and what they say', async () => {
  const [ada, ben] = [await connect('asleep'), await connect('asleep', { echo: true })];
  const before = await awake('asleep');
  await evict('asleep');
  expect(await awake('asleep')).not.toBe(before);
  ben.send('b');
  expect(await ada.next()).toBe('b');
  expect(await ben.next()).toBe('b');
  await evict('asleep');
  ada.send(bytes(1));
  expect(await ben.next()).toEqual(bytes(1));
  const eve = await connect('asleep');
  await expectNothingBefore('marker', ada, eve);
});

it('answers the text ping with pong, to nobody else, also while it sleeps', async () => {
  const [ada, ben] = [await connect('ping'), await connect('ping')];
  ada.send('ping');
  expect(await ada.next()).toBe('pong');
  await evict('ping');
  ada.send('ping');
  expect(await ada.next()).toBe('pong');
  await expectNothingBefore('marker', ada, ben);
});

it('sends on a ping that is not exactly that text', async () => {
  const [ada, ben] = [await connect('pings'), await connect('pings')];
  for (const almost of ['PING', 'ping ', '{"type":"ping"}']) {
    ada.send(almost);
    expect(await ben.next()).toBe(almost);
  }
});

it.each([
  [1000, 'bye'],
  [3001, 'own code'],
  [4999, ''],
])('answers a close with its code %i and reason "%s"', async (code, reason) => {
  const ada = await connect('close');
  ada.socket.close(code, reason);
  expect(await ada.next()).toEqual({ code, reason });
});

it('answers a close without a code with one without a code', async () => {
  const ada = await connect('close');
  ada.socket.close();
  expect(await ada.next()).toEqual({ code: 1005, reason: '' });
});

it('answers a close that comes while it sleeps, and sends the rest on', async () => {
  const [ada, ben, eve] = [await connect('leave'), await connect('leave'), await connect('leave')];
  await evict('leave');
  ada.socket.close(1000, 'bye');
  expect(await ada.next()).toEqual({ code: 1000, reason: 'bye' });
  await expectNothingBefore('marker', ben, eve);
});

it('sends on what comes with a close while it sleeps', async () => {
  const [ada, ben] = [await connect('last words'), await connect('last words')];
  await evict('last words');
  ada.send('a');
  ada.send('b');
  ada.socket.close(1000, 'bye');
  expect([await ben.next(), await ben.next()]).toEqual(['a', 'b']);
  expect(await ada.next()).toEqual({ code: 1000, reason: 'bye' });
});

it('names the subprotocol that the edge chose, and none where it chose none', async () => {
  const named = await ask('names', { subprotocol: 'chat.V2' });
  const plain = await ask('names');
  expect(named.headers.get('Sec-WebSocket-Protocol')).toBe('chat.V2');
  expect(plain.headers.get('Sec-WebSocket-Protocol')).toBeNull();
});

it('refuses one more than its connections with 503, also after it slept, and takes one when another left', async () => {
  const limits = { maxConnections: 2 };
  const [ada] = [await connect('full', { limits }), await connect('full', { limits })];
  await evict('full');
  const refused = await ask('full', { limits });
  expect(refused.status).toBe(503);
  expect(refused.headers.get('Retry-After')).toBe('10');
  expect(await refused.json()).toMatchObject({ code: 'ERR_ROOM_FULL' });
  ada.socket.close(1000);
  await ada.next();
  await connect('full', { limits });
});

it('closes with 1009 for a message over its limit, also after it slept, and keeps the others', async () => {
  const [ada, ben] = [await connect('big', { limits: { maxMessageBytes: 4 } }), await connect('big')];
  ada.send('1234');
  expect(await ben.next()).toBe('1234');
  await evict('big');
  ada.send('12345');
  expect(await ada.next()).toEqual({ code: 1009, reason: 'message too big' });
  await expectNothingBefore('marker', await connect('big'), ben);
});

it('closes with 1008 for messages over their rate, and keeps the others', async () => {
  const limits = { messagesPerSecond: 1, messageBurst: 1 };
  const [ada, ben] = [await connect('rate', { limits }), await connect('rate')];
  ada.send('1');
  ada.send('2');
  expect(await ada.next()).toEqual({ code: 1008, reason: 'message rate exceeded' });
  expect(await ben.next()).toBe('1');
  await expectNothingBefore('marker', await connect('rate'), ben);
});

it('keeps one order for all in a room of many runs that everybody writes to', async () => {
  const members = await Promise.all(Array.from({ length: 100 }, () => connect('order', { echo: true })));
  for (const [index, member] of members.entries()) member.send(`${index}`);
  const read = async (member: Client) => {
    const got: unknown[] = [];
    while (got.length < members.length) got.push(await member.next());
    return got;
  };
  const [first, ...rest] = await Promise.all(members.map(read));
  expect(new Set(first).size).toBe(members.length);
  for (const order of rest) expect(order).toEqual(first);
});

it('closes with 1012 a socket whose record is of another version when it wakes up, and keeps the others', async () => {
  const old = await connect('version');
  await runInDurableObject(ROOM.getByName('version'), (_, state) => {
    for (const socket of state.getWebSockets()) socket.serializeAttachment({ version: 0 });
  });
  const [ada, ben] = [await connect('version'), await connect('version')];
  await evict('version');
  ada.send('a');
  expect(await ben.next()).toBe('a');
  expect(await old.next()).toEqual({ code: 1012, reason: 'service restart' });
});

it('costs one connection, with 1011, when its protocol throws, and keeps the others', async () => {
  const [ada, ben, eve] = [await connect('throws'), await connect('throws'), await connect('throws')];
  vi.spyOn(PROTOCOLS.raw, 'receive').mockImplementationOnce(() => {
    throw new Error('a mistake in a protocol');
  });
  ada.send('a');
  expect(await ada.next()).toEqual({ code: 1011, reason: 'internal error' });
  await expectNothingBefore('marker', eve, ben);
});
