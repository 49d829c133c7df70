/** The chat page in a real browser, with a real router behind it. */
import type { BrowserContextOptions, Page, WebSocketRoute } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { describeInBrowser, type LaunchedBrowser, launchBrowser } from './browser.ts';
import { type Router, startRouter } from './router.ts';

/** Shorter than a test may take, so that a failure says what it waited for. */
export const WAIT_MS = 20_000;
export const PHONE = { width: 360, height: 640 };

let launched: LaunchedBrowser;
export let router: Router;

/** Tests of the page, with a browser and a router of their own. */
export function describePage(name: string, tests: () => void): void {
  describeInBrowser(name, () => {
    beforeAll(async () => {
      launched = await launchBrowser();
      router = await startRouter('production');
    });

    afterEach(async () => {
      await Promise.all(launched.browser.contexts().map((context) => context.close()));
    });

    afterAll(async () => {
      await launched?.close();
      await router?.stop();
    });
    tests();
  });
}

/** A page of its own session. */
export async function newPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await launched.browser.newContext(options);
  context.setDefaultTimeout(WAIT_MS);
  return context.newPage();
}

/** A page that is connected to a room of the router. */
export async function enter(room: string, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await newPage(options);
  await page.goto(`http://${router.host}/#${room}`);
  await hasState(page, 'open');
  return page;
}

/** A page whose connections end in the test instead of the router, with a clock that only the test turns and no luck. */
export async function enterMocked(onConnect: (socket: WebSocketRoute) => void): Promise<Page> {
  const page = await newPage({ viewport: PHONE });
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(1_000);
  await page.addInitScript('Math.random = () => 1 - Number.EPSILON');
  await page.routeWebSocket(/\/rooms\//, (socket) => void onConnect(socket));
  await page.goto(`http://${router.host}/`);
  return page;
}

/** A member of a room that is no page, and sends what it likes. */
export async function joinRoom(room: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${router.host}/rooms/${room}`);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  return socket;
}

export function composer(page: Page) {
  return page.getByLabel('Message', { exact: true });
}

export async function say(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press('Enter');
}

export async function hasState(page: Page, state: string): Promise<void> {
  await page.locator(`[data-state=${state}]`).waitFor();
}

export async function shows(page: Page, selector: string, text: string | RegExp): Promise<void> {
  await page
    .locator(selector)
    .and(page.getByText(text, { exact: true }))
    .waitFor();
}

/** What was said, notices left out. */
export function messagesOf(page: Page): Promise<string[]> {
  return page.locator('#messages li:not(.notice) p').allTextContents();
}

export async function hasMessages(page: Page, texts: string[]): Promise<void> {
  await expect.poll(() => messagesOf(page), { timeout: WAIT_MS }).toEqual(texts);
}

/** Everything that a developer would see in red, breaches of the page's policy included. */
export function collectErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  return errors;
}

export async function fits(page: Page): Promise<void> {
  const size = await page.evaluate(() => {
    const { scrollWidth, scrollHeight } = document.documentElement;
    return { width: scrollWidth, height: scrollHeight };
  });
  expect(size).toEqual(PHONE);
}

export function styleOf(page: Page, selector: string, property: 'color' | 'backgroundColor' | 'cursor' | 'fontSize') {
  return page
    .locator(selector)
    .first()
    .evaluate((element, name) => getComputedStyle(element)[name], property);
}
