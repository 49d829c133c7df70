import { expect, it } from 'vitest';
import { retryDelay } from '../../../../src/room/origin/backoff.ts';

const OPTIONS = { minRetryMs: 1000, maxRetryMs: 30_000 };

it.each([
  [1, 2000],
  [2, 4000],
  [3, 8000],
  [4, 16_000],
  [5, 30_000],
  [6, 30_000],
  [5000, 30_000],
])('waits after %i failures from a second to %i ms, by chance', (failures, longest) => {
  expect(retryDelay(failures, OPTIONS, () => 0)).toBe(1000);
  expect(retryDelay(failures, OPTIONS, () => 0.5)).toBe((1000 + longest) / 2);
  expect(retryDelay(failures, OPTIONS, () => 1)).toBe(longest);
});

it('waits no longer than it may, where that is as long as it must', () => {
  expect(retryDelay(1, { minRetryMs: 5, maxRetryMs: 5 }, () => 0.9)).toBe(5);
});
