import { expect, it } from 'vitest';
import { readBytes } from '../../../src/util/read-bytes.ts';

function bodyOf(...pieces: string[]) {
  const read: string[] = [];
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces.shift();
        if (piece === undefined) controller.close();
        else {
          read.push(piece);
          controller.enqueue(new TextEncoder().encode(piece));
        }
      },
      cancel() {
        cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { body, read, isCancelled: () => cancelled };
}

it('reads a whole body', async () => {
  expect(new TextDecoder().decode(await readBytes(bodyOf('a', 'bc').body, 3))).toBe('abc');
  expect(await readBytes(bodyOf().body, 0)).toEqual(new Uint8Array(0));
  expect(await readBytes(null, 0)).toEqual(new Uint8Array(0));
});

it('reads no more once there is more than is wanted', async () => {
  const { body, read, isCancelled } = bodyOf('a', 'bcd', 'e');
  expect((await readBytes(body, 3)).length).toBe(4);
  expect([read, isCancelled()]).toEqual([['a', 'bcd'], true]);
});
