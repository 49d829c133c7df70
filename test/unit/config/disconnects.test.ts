import { expect, it } from 'vitest';
import { DISCONNECTS } from '../../../src/config/disconnects.ts';
import { sanitizeClose } from '../../../src/util/close.ts';

const disconnects = Object.values(DISCONNECTS);

it('gives every disconnect a reason of its own', () => {
  expect(new Set(disconnects.map(({ reason }) => reason)).size).toBe(disconnects.length);
});

it.each(disconnects)('fits $code "$reason" in a Close frame as it is', ({ code, reason }) => {
  expect(sanitizeClose(code, reason)).toEqual([code, reason]);
});

it.each(disconnects.filter(({ code }) => code >= 3000))(
  'says by the range of $code whether to connect again',
  ({ code, reconnect }) => {
    expect(code % 1000 < 500).toBe(reconnect);
  },
);
