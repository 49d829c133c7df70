import { expect, it } from 'vitest';
import { readText } from '../../../src/util/read-text.ts';

/** A body that comes in these chunks, and whether the rest of it was let go of. */
function bodyOf(...chunks: (string | number[])[]) {
  const state = { cancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks.shift();
        if (chunk === undefined) controller.close();
        else controller.enqueue(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : Uint8Array.from(chunk));
      },
      cancel: () => {
        state.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { body, state };
}

it('is empty where there is no body', async () => {
  expect([await readText(null, 0), await readText(bodyOf().body, 0)]).toEqual(['', '']);
});

it('puts characters together that come in pieces', async () => {
  expect(await readText(bodyOf('a', [0xf0, 0x9f], [0x99, 0x82], 'z').body, 6)).toBe('a🙂z');
});

it('counts bytes, and takes as many as it may', async () => {
  expect(await readText(bodyOf('é', 'é').body, 4)).toBe('éé');
  expect(await readText(bodyOf('é', 'é').body, 3)).toBeNull();
});

it('reads no further where there are too many', async () => {
  const { body, state } = bodyOf('abc', 'def', 'ghi');
  expect(await readText(body, 4)).toBeNull();
  expect(state.cancelled).toBe(true);
});
