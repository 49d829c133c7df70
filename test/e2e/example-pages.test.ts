import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WebSocketRoute } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { collectErrors, describePage, hasState, newPage, PHONE, router, styleOf } from '../support/chat-page.ts';
import { contrast } from '../support/contrast.ts';
import { addressOf, EXAMPLES, enter, says } from '../support/example-page.ts';
import { serveAt } from '../support/router.ts';

describePage('the pages of the examples', () => {
  describe.each(EXAMPLES)('%s', (example) => {
    it('loads without an error, runs and paints under its own policy, and asks nobody but the router', async () => {
      const page = await newPage();
      const errors = collectErrors(page);
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      page.on('websocket', (socket) => asked.push(socket.url().replace(/\?.*/, '')));
      await page.goto(`http://${router.host}/examples/${example}`);
      await hasState(page, 'open');
      expect(await page.title()).toBe(`${example} – Signalbox`);
      expect(await styleOf(page, '#connect', 'cursor')).toBe('pointer');
      expect(await page.locator('nav [aria-current=page]').textContent()).toBe(example);
      expect(errors).toEqual([]);
      const own = [`http://${router.host}/examples/${example}`, `ws://${router.host}/examples/${example}/lobby`];
      expect(asked.filter((url) => !url.startsWith('data:'))).toEqual(own);
    });

    it('fits the width of a small screen, also in a room with a long name', async () => {
      const page = await enter(example, 'w'.repeat(60), { viewport: PHONE });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width);
    });

    it.each(['light', 'dark'] as const)('has text that stands out in %s colors', async (colorScheme) => {
      const page = await enter(example, colorScheme, { colorScheme });
      const background = await styleOf(page, 'body', 'backgroundColor');
      for (const text of ['body', '#detail', 'h1 a', 'main .muted', 'nav a', 'header label']) {
        const color = await styleOf(page, text, 'color');
        expect(contrast(color, background), `${text}: ${color} on ${background}`).toBeGreaterThanOrEqual(4.5);
      }
    });
  });

  it('go to the room of their address, and to the one that is typed', async () => {
    const [one, two] = [await enter('counter', 'one & only'), await enter('counter', 'two')];
    await one.getByRole('button', { name: 'One more' }).click();
    await says(one, '#count', '1');
    await two.getByLabel('Room', { exact: true }).fill('one & only');
    await two.getByLabel('Room', { exact: true }).press('Enter');
    await two.waitForURL(addressOf('counter', 'one & only').replaceAll('%20', '+'));
    await says(two, '#count', '1');
  });

  it.each(['?room=', '?room=..', '?room=%20', '?other=1'])(
    'go to the lobby where the address ends in "%s"',
    async (query) => {
      const page = await newPage();
      await page.goto(`http://${router.host}/examples/echo${query}`);
      await hasState(page, 'open');
      expect(new URL(page.url()).search).toBe('?room=lobby');
      expect(await page.getByLabel('Room', { exact: true }).inputValue()).toBe('lobby');
    },
  );

  it('say that they reconnect, and come back to what the room has kept when the router does', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-examples-'));
    let served = await serveAt(0, folder);
    try {
      const page = await newPage();
      await page.goto(addressOf('counter', 'kept', `127.0.0.1:${served.port}`));
      await page.getByRole('button', { name: 'One more' }).click();
      await says(page, '#count', '1');
      await served.stop();
      await hasState(page, 'waiting');
      await page.getByRole('status').getByText('Reconnecting').waitFor();
      expect(await page.getByRole('button', { name: 'One more' }).isDisabled()).toBe(true);
      served = await serveAt(served.port, folder);
      await hasState(page, 'open');
      await page.getByRole('button', { name: 'One more' }).click();
      await says(page, '#count', '2');
    } finally {
      await served.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('move nothing on a small screen when the state changes', async () => {
    const page = await newPage({ viewport: PHONE });
    await page.addInitScript('Math.random = () => 1 - Number.EPSILON');
    let socket: WebSocketRoute | undefined;
    await page.routeWebSocket(/\/examples\//, (opened) => {
      socket = opened;
    });
    await page.goto(addressOf('counter', 'w'.repeat(60)));
    await hasState(page, 'open');
    const before = await page.locator('main').boundingBox();
    await socket?.close({ code: 1012, reason: 'r'.repeat(123) });
    await hasState(page, 'waiting');
    expect(await page.locator('main').boundingBox()).toEqual(before);
  });

  it('stay away after a close that says so, until told otherwise', async () => {
    const page = await newPage();
    let closes = 0;
    await page.routeWebSocket(/\/examples\//, (socket) => {
      closes += 1;
      if (closes === 1) void socket.close({ code: 4500, reason: 'enough' });
    });
    await page.goto(addressOf('echo', 'closed'));
    await hasState(page, 'closed');
    await says(page, '#detail', 'with 4500: enough. This page will not reconnect by itself.');
    await page.getByRole('button', { name: 'Connect now' }).click();
    await hasState(page, 'open');
    expect(closes).toBe(2);
  });
});
