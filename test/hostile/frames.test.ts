import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { announcing, closeFrame, frame, join, readClose } from '../support/hostile-frames.ts';
import { Neighbours } from '../support/hostile-neighbours.ts';
import type { RawSocket } from '../support/raw-socket.ts';
import { type Router, startRouter } from '../support/router.ts';

/** Its members get their own messages too, so that a test sees what the others got. */
const ROOM = '/echo/frames';

let router: Router;
let neighbours: Neighbours;
let hostile: RawSocket;
/** What the neighbours heard of it. */
let heard: string[];
beforeAll(async () => {
  router = await startRouter('test');
  neighbours = await Neighbours.moveIn(router, ROOM);
});
afterEach(async () => {
  expect(await neighbours.talk()).toEqual(heard);
  hostile.destroy();
});
afterAll(async () => {
  neighbours.leave();
  await router.stop();
});

/** Sends frames, of which the neighbours are to hear `messages` and nothing else. */
async function send(frames: readonly Uint8Array[], messages: string[] = []): Promise<void> {
  heard = messages;
  hostile = await join(router, ROOM);
  hostile.write(Buffer.concat(frames));
}

const OPCODES_OF_NOTHING = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];
const LATER = frame(0x81, 'what comes later');
const text = (payload: string | Uint8Array) => ({ first: 0x81, payload: Buffer.from(payload) });

describe('a frame that breaks the protocol costs its connection, with 1002, and what comes later is not heard:', () => {
  it.each<[string, Buffer[]]>([
    ['a continuation of nothing', [frame(0x80, 'more')]],
    ['a continuation of nothing that goes on', [frame(0x00, 'more')]],
    ['a message within a fragmented one', [frame(0x01, 'one'), frame(0x81, 'another')]],
    ['a fragmented message within a fragmented one', [frame(0x01, 'one'), frame(0x02, 'another')]],
    ['a compressed text where nothing is compressed', [frame(0xc1, 'x')]],
    ['compressed bytes where nothing is compressed', [frame(0xc2, 'x')]],
    ['a compressed continuation', [frame(0x01, 'one'), frame(0xc0, 'x')]],
    ['the second reserved bit', [frame(0xa1, 'x')]],
    ['the third reserved bit', [frame(0x91, 'x')]],
    ['all reserved bits', [frame(0xf1, 'x')]],
    ['a reserved bit of a ping', [frame(0xa9, 'x')]],
    ['a reserved bit of a close', [frame(0x98, 'x')]],
    ...OPCODES_OF_NOTHING.map((opcode): [string, Buffer[]] => [`the opcode ${opcode}`, [frame(0x80 | opcode, 'x')]]),
    ['a ping in fragments', [frame(0x09, 'x'), frame(0x80, 'y')]],
    ['a pong in fragments', [frame(0x0a, 'x'), frame(0x80, 'y')]],
    ['a close in fragments', [frame(0x08, '\x03'), frame(0x80, '\xe8')]],
  ])('%s', async (_, frames) => {
    await send([...frames, LATER]);
    expect((await readClose(hostile)).code).toBe(1002);
  });
});

describe('a length over the 32 MiB of the runtime costs the connection, with 1009, before a byte of it is read:', () => {
  it.each([
    ['32 MiB and a byte', (1n << 25n) + 1n],
    ['4 GiB', 1n << 32n],
    ['a number that JavaScript does not have', (1n << 53n) + 1n],
    ['the largest one of a signed number', (1n << 63n) - 1n],
    ['the smallest one that is not allowed', 1n << 63n],
    ['the largest one of 64 bits', (1n << 64n) - 1n],
  ])('%s', async (_, length) => {
    await send([announcing(0x82, length)]);
    expect((await readClose(hostile)).code).toBe(1009);
  });

  it('of a fragment', async () => {
    await send([frame(0x02, 'begun'), announcing(0x80, 1n << 63n)]);
    expect((await readClose(hostile)).code).toBe(1009);
  });
});

describe('a frame that is odd and not broken', () => {
  it.each([
    ['says its length in more bytes than it needs', Buffer.from([0x81, 0xfe, 0, 2, 0, 0, 0, 0, 0x68, 0x69])],
    ['says its length in eight bytes', Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0x68, 0x69])],
    ['is masked with nothing', Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69])],
    // RFC 6455 section 5.1 wants the connection closed; the runtime takes it, and no code of ours sees the difference.
    ['is not masked', Buffer.from([0x81, 0x02, 0x68, 0x69])],
  ])('is heard: it %s', async (_, bytes) => {
    await send([bytes], ['hi']);
    expect(await hostile.readFrame()).toEqual(text('hi'));
  });

  it.each([
    ['a byte that is never UTF-8', [0xff], '\ufffd'],
    ['a slash, overlong', [0xc0, 0xaf], '\ufffd\ufffd'],
    ['half a surrogate pair', [0xed, 0xa0, 0x80], '\ufffd\ufffd\ufffd'],
    ['a code point beyond the last', [0xf4, 0x90, 0x80, 0x80], '\ufffd\ufffd\ufffd\ufffd'],
    ['half a character at its end', [0x6f, 0x6b, 0xe2, 0x82], 'ok\ufffd'],
  ])('is heard with U+FFFD for what is no text: %s', async (_, bytes, said) => {
    // RFC 6455 section 8.1 wants 1007; the runtime repairs the text, so that nobody gets to see broken UTF-8.
    await send([frame(0x81, Buffer.from(bytes))], [said]);
    expect(await hostile.readFrame()).toEqual(text(said));
  });

  it('is heard whole where a character is cut in two', async () => {
    await send([frame(0x01, Buffer.from([0xe2, 0x82])), frame(0x80, Buffer.from([0xac]))], ['€']);
    expect(await hostile.readFrame()).toEqual(text('€'));
  });

  it.each([
    ['a ping', 0x89, { first: 0x8a, payload: Buffer.alloc(126, 'x') }],
    ['a pong', 0x8a, null],
  ])('is taken by the runtime though it is %s of 126 bytes', async (_, first, answer) => {
    await send([frame(first, 'x'.repeat(126)), LATER], ['what comes later']);
    if (answer) expect(await hostile.readFrame()).toEqual(answer);
    expect(await hostile.readFrame()).toEqual(text('what comes later'));
  });
});

describe('a message in fragments', () => {
  it('is heard as one, of five thousand', async () => {
    const more = Array<Buffer>(4998).fill(frame(0x00, 'b'));
    const said = `a${'b'.repeat(4998)}c`;
    await send([frame(0x01, 'a'), ...more, frame(0x80, 'c')], [said]);
    expect(await hostile.readFrame()).toEqual(text(said));
  });

  it('is heard as one, of five thousand that are empty', async () => {
    await send([frame(0x01, ''), ...Array<Buffer>(4998).fill(frame(0x00, '')), frame(0x80, '')], ['']);
    expect(await hostile.readFrame()).toEqual(text(''));
  });

  it('is heard as one, with pings and pongs in between', async () => {
    const frames = [frame(0x01, 'a'), frame(0x89, '1'), frame(0x00, 'b'), frame(0x8a, '2'), frame(0x80, 'c')];
    await send(frames, ['abc']);
    expect(await hostile.readFrame()).toEqual({ first: 0x8a, payload: Buffer.from('1') });
    expect(await hostile.readFrame()).toEqual(text('abc'));
  });

  it('is not heard where a close comes in between', async () => {
    await send([frame(0x01, 'a'), closeFrame(1000), frame(0x80, 'b')]);
    expect(await readClose(hostile)).toEqual({ code: 1000, reason: '' });
  });

  it('that never ends is cut off at the 32 MiB of the runtime', async () => {
    const mebibyte = Buffer.alloc(1 << 20);
    await send([frame(0x02, mebibyte), ...Array<Buffer>(32).fill(frame(0x00, mebibyte))]);
    expect((await readClose(hostile)).code).toBe(1009);
  });

  it('is never heard in part: its sender goes away within any byte of it', async () => {
    const whole = Buffer.concat([frame(0x01, 'cut'), frame(0x89, 'p'), frame(0x80, 'off')]);
    for (let length = 0; length < whole.length; length++) {
      await send([whole.subarray(0, length)]);
      hostile.destroy();
    }
  });
});
