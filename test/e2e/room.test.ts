import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import WebSocket, { type RawData } from 'ws';
import { clientFrame, GOOD_UPGRADE, RawSocket, requestHead } from '../support/raw-socket.ts';
import { type Router, startRouter } from '../support/router.ts';

let router: Router;
beforeAll(async () => {
  router = await startRouter('test');
});
afterAll(() => router.stop());

async function connect(path: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${router.host}${path}`);
  await once(socket, 'open');
  return socket;
}

/** The next `count` messages of a client: text as strings, bytes as Buffers. */
function receive(socket: WebSocket, count: number): Promise<(string | RawData)[]> {
  return new Promise((resolve) => {
    const received: (string | RawData)[] = [];
    socket.on('message', function take(data, isBinary) {
      received.push(isBinary ? data : data.toString());
      if (received.length < count) return;
      socket.off('message', take);
      resolve(received);
    });
  });
}

async function connectRaw(path: string): Promise<RawSocket> {
  const socket = await RawSocket.open(router.port);
  socket.write(requestHead(`GET ${path} HTTP/1.1`, GOOD_UPGRADE));
  expect((await socket.readAnswer()).status).toBe(101);
  return socket;
}

it('sends on messages of every size, text and bytes, byte for byte and in order', async () => {
  const [ada, ben] = [await connect('/rooms/bytes'), await connect('/rooms/bytes')];
  const sizes = [0, 1, 125, 126, 65_535, 65_536, 1024 * 1024];
  const messages = sizes.flatMap((size) => ['é'.repeat(size / 2), Buffer.alloc(size, 0xfe)]);
  const received = receive(ben, messages.length);
  for (const message of messages) ada.send(message);
  expect(await received).toEqual(messages);
});

it('keeps the bare sockets of a room when somebody publishes half of a surrogate pair', async () => {
  const [ada, ben] = [await connect('/live/halves/connection/websocket'), await connect('/live/halves')];
  const received = receive(ben, 2);
  const publish = (id: number, text: string) => `{"id":${id},"publish":{"channel":"main","data":"${text}"}}`;
  ada.send(['{"id":1,"connect":{}}', publish(2, 'half \\ud83d'), publish(3, 'whole')].join('\n'));
  expect(await received).toEqual(['half \ufffd', 'whole']);
});

it('joins the fragments of a message', async () => {
  const [ada, ben] = [await connectRaw('/rooms/fragments'), await connect('/rooms/fragments')];
  const received = receive(ben, 1);
  ada.write(clientFrame(0x01, 'one '));
  ada.write(clientFrame(0x00, 'mess'));
  ada.write(clientFrame(0x80, 'age'));
  expect(await received).toEqual(['one message']);
});

it('keeps one order for a thousand members while ten of them speak at once', { timeout: 60_000 }, async () => {
  const members = await Promise.all(Array.from({ length: 1000 }, () => connect('/echo/order')));
  const count = 10 * 5;
  const received = members.map((member) => receive(member, count));
  for (let round = 0; round < 5; round++) {
    for (const [index, member] of members.slice(0, 10).entries()) member.send(`${index}/${round}`);
  }
  const [first, ...rest] = await Promise.all(received);
  expect(new Set(first).size).toBe(count);
  for (const order of rest) expect(order).toEqual(first);
  for (const member of members) member.terminate();
});

it('answers the ping of the protocol with the same bytes, and the text ping with pong', async () => {
  const ada = await connectRaw('/rooms/ping');
  ada.write(clientFrame(0x89, 'are you there'));
  expect(await ada.readFrame()).toEqual({ first: 0x8a, payload: Buffer.from('are you there') });
  ada.write(clientFrame(0x81, 'ping'));
  expect(await ada.readFrame()).toEqual({ first: 0x81, payload: Buffer.from('pong') });
});

/** The head of a binary frame that announces more than the runtime takes, masked. */
const HEAD_OF_33_MIB = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0x02, 0x10, 0, 0, 1, 2, 3, 4]);

const closePayload = (code: number, reason = '') => Buffer.from([code >> 8, code & 0xff, ...Buffer.from(reason)]);

it.each([
  ['with its code and reason', closePayload(4001, 'bye'), closePayload(4001, 'bye')],
  ['without a code where it has none', Buffer.alloc(0), Buffer.alloc(0)],
  ['without a code where its own may not be sent', closePayload(1006), Buffer.alloc(0)],
  ['without a code where its own is out of range', closePayload(5000), Buffer.alloc(0)],
])('answers a close %s', async (_, sent, answered) => {
  const ada = await connectRaw('/rooms/close');
  ada.write(clientFrame(0x88, sent));
  expect(await ada.readFrame()).toEqual({ first: 0x88, payload: answered });
});

it('closes with 1009 for a message over the limit of its route, at which it is still sent on', async () => {
  const [ada, ben] = [await connect('/small/room'), await connect('/small/room')];
  const received = receive(ben, 1);
  ada.send('a'.repeat(16));
  expect(await received).toEqual(['a'.repeat(16)]);
  ada.send('a'.repeat(17));
  const [code, reason] = await once(ada, 'close');
  expect([code, String(reason)]).toEqual([1009, 'message too big']);
});

it('goes on for the others when a member vanishes, breaks the protocol, or sends more than the runtime takes', async () => {
  const [ada, ben] = [await connect('/rooms/others'), await connect('/rooms/others')];
  (await connectRaw('/rooms/others')).destroy();
  const broken = await connectRaw('/rooms/others');
  broken.write(clientFrame(0x83, 'an unknown opcode'));
  expect((await broken.readFrame()).payload.readUInt16BE()).toBe(1002);
  const greedy = await connectRaw('/rooms/others');
  greedy.write(HEAD_OF_33_MIB);
  expect((await greedy.readFrame()).payload.readUInt16BE()).toBe(1009);
  const received = receive(ben, 1);
  ada.send('still here');
  expect(await received).toEqual(['still here']);
});

it('gives the place of a member that vanished to another', async () => {
  const first = await connectRaw('/full/vanish');
  first.destroy();
  const opened = async () => {
    const socket = await RawSocket.open(router.port);
    socket.write(requestHead('GET /full/vanish HTTP/1.1', GOOD_UPGRADE));
    const { status } = await socket.readAnswer();
    return status;
  };
  await expect.poll(opened).toBe(101);
});
