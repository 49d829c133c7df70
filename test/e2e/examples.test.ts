import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { describePage, hasState, newPage, router, WAIT_MS } from '../support/chat-page.ts';
import { addressOf, enter, says } from '../support/example-page.ts';

describePage('the examples on their pages', () => {
  describe('echo', () => {
    it('gets text back as text and bytes as bytes', async () => {
      const page = await enter('echo', 'echo');
      await page.getByLabel('Message', { exact: true }).fill('<b>ünï</b>');
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await page.locator('#echoes .back').filter({ hasText: 'back as text' }).getByText('<b>ünï</b>').waitFor();
      await page.getByRole('button', { name: 'Send 16 bytes' }).click();
      const bytes = page.locator('#echoes .back').filter({ hasText: 'back as bytes' }).locator('.said');
      expect(await bytes.textContent()).toMatch(/^([\da-f]{2} ){15}[\da-f]{2}$/);
    });

    it('says what did not come back', async () => {
      const page = await newPage();
      await page.routeWebSocket(/\/examples\//, (socket) => {
        socket.onMessage(() => void socket.close({ code: 4500, reason: 'enough' }));
      });
      await page.goto(addressOf('echo', 'lost'));
      await hasState(page, 'open');
      for (const note of ['the connection ended before it came back', 'not sent: there is no connection']) {
        await page.getByRole('button', { name: 'Send', exact: true }).click();
        await page.locator('#echoes').getByText(note).waitFor();
      }
    });
  });

  describe('dumb-increment', () => {
    it('shows the numbers as they come, and begins anew when told', async () => {
      const page = await newPage();
      const numbers: string[] = [];
      page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => numbers.push(String(payload))));
      await page.goto(addressOf('dumb-increment', 'numbers'));
      await expect.poll(() => numbers.length, { timeout: WAIT_MS }).toBeGreaterThan(5);
      expect(numbers.slice(0, 5)).toEqual(['0', '1', '2', '3', '4']);
      await page.getByRole('button', { name: 'Reset' }).click();
      await expect.poll(() => numbers.filter((number) => number === '0').length, { timeout: WAIT_MS }).toBe(2);
      await expect.poll(() => page.locator('#number').textContent(), { timeout: WAIT_MS }).toMatch(/^\d+$/);
      await page.locator('#pace', { hasText: /^\d+ in the last second$/ }).waitFor();
    });
  });

  describe('counter', () => {
    it('shows both pages what either does, and tells it over HTTP', async () => {
      const [one, two] = [await enter('counter', 'both'), await enter('counter', 'both')];
      await one.getByRole('button', { name: 'One more' }).click();
      await says(two, '#count', '1');
      for (const _ of [1, 2]) await two.getByRole('button', { name: 'One less' }).click();
      await says(one, '#count', '-1');
      const address = `http://${router.host}/examples/counter/both`;
      expect(await (await fetch(address)).json()).toEqual({ count: -1 });
      const posted = await fetch(address, { method: 'POST' });
      expect([posted.status, posted.headers.get('Allow')]).toEqual([405, 'GET']);
    });
  });

  describe('cursors', () => {
    /** Moves the mouse to a place in the field, in shares of its size. */
    async function point(page: Page, x: number, y: number): Promise<void> {
      const box = await page.locator('#field').boundingBox();
      if (box === null) throw new Error('The field must be visible');
      await page.mouse.move(box.x + box.width * x, box.y + box.height * y);
    }

    /** Where the pointers of others are, as the page has them. */
    function others(page: Page): Promise<{ left: number; top: number }[]> {
      return page.locator('.pointer:not(.own)').evaluateAll((pointers) =>
        (pointers as HTMLElement[]).map(({ style }) => ({
          left: Math.round(Number.parseFloat(style.left)),
          top: Math.round(Number.parseFloat(style.top)),
        })),
      );
    }

    async function sees(page: Page, expected: { left: number; top: number }[]): Promise<void> {
      await expect.poll(() => others(page), { timeout: WAIT_MS }).toEqual(expected);
    }

    it('shows the pointer of the other page, also to who comes later, until it leaves the field', async () => {
      const [one, two] = [await enter('cursors', 'two'), await enter('cursors', 'two')];
      await point(one, 0.25, 0.75);
      await sees(two, [{ left: 25, top: 75 }]);
      await says(two, '#present', '1 other pointer here');
      await sees(one, []);
      await sees(await enter('cursors', 'two'), [{ left: 25, top: 75 }]);
      await one.mouse.move(1, 1);
      await sees(two, []);
      await says(two, '#present', 'Nobody else points here');
    });

    it('forgets the pointer of who goes', async () => {
      const [one, two] = [await enter('cursors', 'gone'), await enter('cursors', 'gone')];
      await point(one, 0.5, 0.5);
      await sees(two, [{ left: 50, top: 50 }]);
      await one.close();
      await sees(two, []);
    });

    it('can be moved with the arrow keys', async () => {
      const [one, two] = [await enter('cursors', 'keys'), await enter('cursors', 'keys')];
      await one.locator('#field').focus();
      for (const key of ['ArrowLeft', 'ArrowLeft', 'ArrowDown']) await one.keyboard.press(key);
      await sees(two, [{ left: 46, top: 52 }]);
      await one.keyboard.press('Tab');
      await sees(two, []);
    });
  });

  describe('tictactoe', () => {
    const cell = (page: Page, index: number) => page.locator('#board button').nth(index);

    async function seated(room: string): Promise<[Page, Page]> {
      const [one, two] = [await enter('tictactoe', room), await enter('tictactoe', room)];
      await one.getByRole('button', { name: 'Take a seat' }).click();
      await says(one, '#status', 'Waiting for somebody to play with');
      await two.getByRole('button', { name: 'Take a seat' }).click();
      await says(one, '#status', 'Your turn');
      await says(two, '#status', 'X is to move');
      return [one, two];
    }

    /** Plays cells in turn, once each page knows that it is its turn. */
    async function play(pages: readonly Page[], cells: number[]): Promise<void> {
      for (const [turn, index] of cells.entries()) {
        const page = pages[turn % 2] as Page;
        await says(page, '#status', 'Your turn');
        await cell(page, index).click();
      }
    }

    it('plays a game and a rematch between two pages, and shows it to a third', async () => {
      const [one, two] = await seated('game');
      const watcher = await enter('tictactoe', 'game');
      expect(await watcher.getByRole('button', { name: 'Take a seat' }).isHidden()).toBe(true);
      await play([one, two], [0, 3, 1, 4, 2]);
      await says(one, '#status', 'You win');
      await says(two, '#status', 'X wins');
      await says(watcher, '#board', 'XXXOO');
      expect(await watcher.locator('#board .line').count()).toBe(3);
      await two.getByRole('button', { name: 'Play again' }).click();
      await says(watcher, '#board', '');
      await play([two, one], [4, 0, 8]);
      await says(watcher, '#board', 'XOO');
    });

    it('gives the seat back to a page that is loaded again', async () => {
      const [one, two] = await seated('again');
      await play([one, two], [4]);
      await says(two, '#status', 'Your turn');
      await one.reload();
      await hasState(one, 'open');
      await says(one, '#player-X', 'X is you');
      await says(one, '#board', 'X');
      await play([two, one], [0, 8]);
      await says(two, '#board', 'OXX');
    });

    it('is played by somebody else on the page that its link opens', async () => {
      const page = await enter('tictactoe', 'link');
      await page.getByRole('button', { name: 'Take a seat' }).click();
      await says(page, '#player-X', 'X is you');
      const opened = page.context().waitForEvent('page');
      await page.getByRole('link', { name: 'Open it a second time' }).click();
      const second = await opened;
      await second.getByRole('button', { name: 'Take a seat' }).click();
      await says(second, '#player-O', 'O is you');
      await says(page, '#status', 'Your turn');
    });

    it('shows who is away, and lets the other one move', async () => {
      const [one, two] = await seated('away');
      await two.close();
      await says(one, '#player-O', 'O is away');
      await play([one], [0]);
      await says(one, '#status', 'O is to move, and away');
    });

    it('can be played with the keyboard', async () => {
      const [one, two] = await seated('keys');
      await cell(one, 0).focus();
      for (const key of ['ArrowRight', 'ArrowDown', 'Enter']) await one.keyboard.press(key);
      await two.getByRole('button', { name: 'Row 2, column 2: X' }).waitFor();
    });

    it('shows why a move is refused', async () => {
      const page = await newPage();
      await page.routeWebSocket(/\/examples\//, (socket) => {
        socket.send('{"error":{"code":"ERR_CELL_TAKEN","detail":"cell 4 is taken"}}');
      });
      await page.goto(addressOf('tictactoe', 'refused'));
      await page.getByRole('alert').getByText('That can not be done: cell 4 is taken.').waitFor();
    });
  });
});
