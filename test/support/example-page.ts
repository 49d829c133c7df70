/** The pages of the examples in a real browser, with a real router behind them. */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { hasState, newPage, router, WAIT_MS } from './chat-page.ts';

export const EXAMPLES = ['echo', 'dumb-increment', 'counter', 'cursors', 'tictactoe'] as const;
export type Example = (typeof EXAMPLES)[number];

/** The address of an example's page, in a room. */
export function addressOf(example: Example, room: string, host = router.host): string {
  return `http://${host}/examples/${example}?room=${encodeURIComponent(room)}`;
}

/** A page of its own session, which is connected. */
export async function enter(example: Example, room: string, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await newPage(options);
  await page.goto(addressOf(example, room));
  await hasState(page, 'open');
  return page;
}

/** Waits until an element says what it has to. */
export async function says(page: Page, selector: string, text: string): Promise<void> {
  await expect.poll(() => page.locator(selector).textContent(), { timeout: WAIT_MS }).toBe(text);
}
