import { describe, expect, it } from 'vitest';
import { closeFrame, closePayload, frame, join, readClose } from '../support/hostile-frames.ts';
import { isClosed } from '../support/hostile-http.ts';
import { router, setUpNeighbours } from '../support/hostile-neighbours.ts';
import type { RawSocket } from '../support/raw-socket.ts';

const ROOM = '/rooms/closes';

setUpNeighbours(ROOM);

async function send(...frames: Uint8Array[]): Promise<RawSocket> {
  const socket = await join(router, ROOM);
  socket.write(Buffer.concat(frames));
  return socket;
}

/** The one Close that answers, after which the connection ends. */
async function answerTo(...frames: Uint8Array[]) {
  const socket = await send(...frames);
  const answer = await readClose(socket);
  expect(await isClosed(socket)).toBe(true);
  return answer;
}

const WITHOUT_CODE = { code: null, reason: '' };

describe('a Close', () => {
  it.each([0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1999, 2000, 2999, 5000, 32_768, 65_535])(
    'whose code nobody may send is answered without one: %i',
    async (code) => {
      expect(await answerTo(closeFrame(code, 'why'))).toEqual(WITHOUT_CODE);
    },
  );

  it.each([1000, 1001, 1003, 1007, 1011, 1012, 1014, 3000, 4999])(
    'whose code may be sent is answered with it: %i',
    async (code) => {
      expect(await answerTo(closeFrame(code, 'why'))).toEqual({ code, reason: 'why' });
    },
  );

  it.each([
    ['no bytes', ''],
    ['one byte, half a code', '\x03'],
  ])('of %s is answered without a code', async (_, payload) => {
    expect(await answerTo(frame(0x88, payload))).toEqual(WITHOUT_CODE);
  });

  it.each([
    ['that just fits', 'r'.repeat(123), 'r'.repeat(123)],
    ['one byte too long, cut', 'r'.repeat(124), 'r'.repeat(123)],
    ['far too long, cut', 'r'.repeat(60_000), 'r'.repeat(123)],
    ['too long in the middle of a character, cut before it', `${'r'.repeat(122)}é`, 'r'.repeat(122)],
    ['that is no UTF-8, repaired', Buffer.from([0xff, 0xfe]), '\ufffd\ufffd'],
    ['that is too long once it is repaired, cut', Buffer.alloc(42, 0xff), '\ufffd'.repeat(41)],
  ])('is answered with its reason: one %s', async (_, reason, answered) => {
    expect(await answerTo(closeFrame(1000, reason))).toEqual({ code: 1000, reason: answered });
  });

  it.each([
    ['messages', Array<Buffer>(5).fill(frame(0x81, 'after all'))],
    ['another Close', [closeFrame(4000, 'once more')]],
    ['pings', Array<Buffer>(5).fill(frame(0x89, 'still there?'))],
    ['frames that break the protocol', [frame(0xff, 'x'), frame(0x80, 'x')]],
    ['half a frame', [frame(0x81, 'after all').subarray(0, 5)]],
  ])('is the last that is read: what follows it is not, as %s', async (_, frames) => {
    expect(await answerTo(closeFrame(1000, 'bye'), ...frames)).toEqual({ code: 1000, reason: 'bye' });
  });

  it('that is not masked is answered all the same', async () => {
    expect(await answerTo(Buffer.concat([Buffer.from([0x88, 2]), closePayload(1000)]))).toEqual({
      code: 1000,
      reason: '',
    });
  });

  it('without waiting for its answer lets the others alone', async () => {
    for (let i = 0; i < 50; i++) (await send(closeFrame(1000))).destroy();
  });
});
