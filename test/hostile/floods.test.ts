import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frame, join, readClose } from '../support/hostile-frames.ts';
import { Neighbours } from '../support/hostile-neighbours.ts';
import { type Router, startRouter } from '../support/router.ts';

let router: Router;
beforeAll(async () => {
  router = await startRouter('test');
});
afterAll(() => router.stop());

/** What the neighbours in a room hear while `attack` goes on, and whether they still talk after it. */
async function heardWhile(room: string, attack: () => Promise<void>): Promise<string[]> {
  const neighbours = await Neighbours.moveIn(router, room);
  await attack();
  const heard = await neighbours.talk();
  neighbours.leave();
  return heard;
}

describe('a message over the limit of its route costs its connection, with 1009, and nobody hears it:', () => {
  const LIMIT = 16;

  it.each([
    ['one letter over', [frame(0x81, 'a'.repeat(LIMIT + 1))]],
    ['one byte over', [frame(0x82, Buffer.alloc(LIMIT + 1))]],
    ['one byte of a letter over', [frame(0x81, `${'a'.repeat(LIMIT - 1)}é`)]],
    ['over only once it is repaired', [frame(0x81, Buffer.alloc(LIMIT / 2, 0xff))]],
    ['one byte over in its last fragment', [frame(0x01, 'a'.repeat(LIMIT)), frame(0x80, 'b')]],
    ['one byte over in many fragments', [frame(0x01, ''), ...Array(LIMIT).fill(frame(0x00, 'b')), frame(0x80, 'c')]],
  ])('%s', async (_, frames: Buffer[]) => {
    const heard = await heardWhile('/small/floods', async () => {
      const hostile = await join(router, '/small/floods');
      hostile.write(Buffer.concat([...frames, frame(0x81, 'later')]));
      expect(await readClose(hostile)).toEqual({ code: 1009, reason: 'message too big' });
      hostile.destroy();
    });
    expect(heard).toEqual([]);
  });

  it('one byte over 1 MiB, where the route says nothing', async () => {
    const heard = await heardWhile('/rooms/floods', async () => {
      const hostile = await join(router, '/rooms/floods');
      hostile.write(frame(0x82, Buffer.alloc((1 << 20) + 1)));
      expect(await readClose(hostile)).toEqual({ code: 1009, reason: 'message too big' });
      hostile.destroy();
    });
    expect(heard).toEqual([]);
  });
});

describe('a flood', () => {
  // The burst of 2,000 messages, and more than what ten seconds add to it.
  const COUNT = 4000;

  it.each([
    ['empty texts', frame(0x81, '')],
    ['empty bytes', frame(0x82, '')],
    ['empty messages in two fragments', Buffer.concat([frame(0x01, ''), frame(0x80, '')])],
  ])('of %s costs its connection, with 1008, once the burst is used up', async (_, message) => {
    const heard = await heardWhile('/rooms/rate', async () => {
      const hostile = await join(router, '/rooms/rate');
      hostile.write(Buffer.concat(Array<Buffer>(COUNT).fill(message)));
      expect(await readClose(hostile)).toEqual({ code: 1008, reason: 'message rate exceeded' });
      hostile.destroy();
    });
    expect(heard.length).toBeGreaterThanOrEqual(2000);
    expect(heard.length).toBeLessThan(COUNT);
    expect(new Set(heard)).toEqual(new Set(['']));
  });

  it('of pings of the protocol is answered with some pongs, and costs nothing', async () => {
    const heard = await heardWhile('/echo/pings', async () => {
      const hostile = await join(router, '/echo/pings');
      hostile.write(Buffer.concat([...Array<Buffer>(2000).fill(frame(0x89, 'p')), frame(0x81, 'done')]));
      let answer = await hostile.readFrame();
      // The runtime answers the newest of those that wait (RFC 6455 section 5.5.3).
      while (answer.first === 0x8a) answer = await hostile.readFrame();
      expect(answer).toEqual({ first: 0x81, payload: Buffer.from('done') });
      hostile.destroy();
    });
    expect(heard).toEqual(['done']);
  });

  it('of pongs that nobody asked for is not answered, and costs nothing', async () => {
    const heard = await heardWhile('/echo/pongs', async () => {
      const hostile = await join(router, '/echo/pongs');
      hostile.write(Buffer.concat([...Array<Buffer>(2000).fill(frame(0x8a, 'p')), frame(0x81, 'done')]));
      expect(await hostile.readFrame()).toEqual({ first: 0x81, payload: Buffer.from('done') });
      hostile.destroy();
    });
    expect(heard).toEqual(['done']);
  });

  it('of the word ping is answered word by word, and heard by nobody', async () => {
    const heard = await heardWhile('/echo/words', async () => {
      const hostile = await join(router, '/echo/words');
      hostile.write(Buffer.concat(Array<Buffer>(2000).fill(frame(0x81, 'ping'))));
      for (let i = 0; i < 2000; i++) expect(String((await hostile.readFrame()).payload)).toBe('pong');
      hostile.destroy();
    });
    expect(heard).toEqual([]);
  });
});
