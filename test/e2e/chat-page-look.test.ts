import type { WebSocketRoute } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import {
  composer,
  describePage,
  enter,
  enterMocked,
  fits,
  hasState,
  joinRoom,
  PHONE,
  say,
  shows,
  styleOf,
} from '../support/chat-page.ts';
import { contrast, luminance } from '../support/contrast.ts';

/** One word that nothing can break, as long as a name may be. */
const LONG_WORD = 'w'.repeat(40);

describePage('the look of the chat page', () => {
  describe('on a small screen', () => {
    it('fits, whatever is said', async () => {
      const page = await enter('small', { viewport: PHONE });
      await fits(page);
      const sender = await joinRoom('small');
      sender.send(LONG_WORD.repeat(50));
      for (let i = 0; i < 50; i++) sender.send(JSON.stringify({ type: 'chat', name: LONG_WORD, text: `number ${i}` }));
      await page.getByText('number 49', { exact: true }).waitFor();
      await fits(page);
      await composer(page).fill('line\n'.repeat(50));
      await fits(page);
    });

    it('follows what is said', async () => {
      const page = await enter('scroll', { viewport: PHONE });
      const sender = await joinRoom('scroll');
      for (let i = 0; i < 50; i++) sender.send(`number ${i}`);
      await page.getByText('number 49', { exact: true }).waitFor();
      const toEnd = await page.locator('#log').evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight);
      expect(toEnd).toBeLessThanOrEqual(1);
    });

    it('moves nothing when the state does', async () => {
      const sockets: WebSocketRoute[] = [];
      const page = await enterMocked((socket) => sockets.push(socket));
      await hasState(page, 'open');
      const before = await page.locator('#log').boundingBox();
      await page.clock.runFor(9_000);
      sockets[0]?.send('pong');
      await shows(page, '#round-trip', /^9\d{3} ms$/);
      expect(await page.locator('#log').boundingBox()).toEqual(before);
      await sockets[0]?.close({ code: 1012, reason: 'r'.repeat(123) });
      await hasState(page, 'waiting');
      expect(await page.locator('#log').boundingBox()).toEqual(before);
      await fits(page);
    });

    it('has fields that a phone does not zoom into', async () => {
      const page = await enter('zoom', { viewport: PHONE });
      for (const field of ['#room', '#name', '#text']) {
        expect(Number.parseFloat(await styleOf(page, field, 'fontSize')), field).toBeGreaterThanOrEqual(16);
      }
    });
  });

  describe.each(['light', 'dark'] as const)('in %s colors', (colorScheme) => {
    it('has text that stands out', async () => {
      const page = await enter(`look-${colorScheme}`, { colorScheme });
      await say(page, 'mine');
      for (const [text, ground] of [
        ['body', 'body'],
        ['#detail', 'body'],
        ['dt', 'body'],
        ['#room', '#room'],
        ['#send', '#send'],
        ['#problem', 'body'],
        ['#messages .own p', '#messages .own'],
        ['#messages .own .muted', '#messages .own'],
      ] as const) {
        const color = await styleOf(page, text, 'color');
        const background = await styleOf(page, ground, 'backgroundColor');
        expect(contrast(color, background), `${text}: ${color} on ${background}`).toBeGreaterThanOrEqual(4.5);
      }
    });

    it('has a ground that goes with them', async () => {
      const page = await enter(`ground-${colorScheme}`, { colorScheme });
      const isDark = luminance(await styleOf(page, 'body', 'backgroundColor')) < 0.5;
      expect(isDark).toBe(colorScheme === 'dark');
    });
  });
});
