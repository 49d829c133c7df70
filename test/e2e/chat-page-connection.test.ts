import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WebSocketRoute } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { describePage, enterMocked, hasState, newPage, shows, WAIT_MS } from '../support/chat-page.ts';
import { serveAt } from '../support/router.ts';

describePage('the connection of the chat page', () => {
  describe('when its connection ends', () => {
    it('says that it reconnects, and comes back when the router does', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'signalbox-chat-'));
      let served = await serveAt(0, folder);
      try {
        const page = await newPage();
        await page.goto(`http://127.0.0.1:${served.port}/`);
        await hasState(page, 'open');
        await served.stop();
        await hasState(page, 'waiting');
        await page.getByRole('status').getByText('Reconnecting').waitFor();
        served = await serveAt(served.port, folder);
        await hasState(page, 'open');
        await shows(page, '#seen', '1');
      } finally {
        await served.stop();
        await rm(folder, { recursive: true, force: true });
      }
    });

    it.each([1008, 1009, 3500, 3999, 4500, 4999])('stays away after %i until told otherwise', async (code) => {
      const sockets: WebSocketRoute[] = [];
      const page = await enterMocked((socket) => sockets.push(socket));
      await hasState(page, 'open');
      await sockets[0]?.close({ code, reason: 'enough' });
      await hasState(page, 'closed');
      await shows(page, '#detail', new RegExp(`^with ${code}: enough`));
      await page.clock.runFor(60_000);
      expect(sockets).toHaveLength(1);
      await page.getByRole('button', { name: 'Connect now' }).click();
      await hasState(page, 'open');
    });

    it.each([1001, 1011, 1012, 3008, 3499, 4000, 4499])('comes back after %i', async (code) => {
      const sockets: WebSocketRoute[] = [];
      const page = await enterMocked((socket) => sockets.push(socket));
      await hasState(page, 'open');
      await sockets[0]?.close({ code, reason: 'later' });
      await hasState(page, 'waiting');
      await shows(page, '#detail', `since it closed with ${code}: later`);
      await page.clock.runFor(1_000);
      await hasState(page, 'open');
    });

    it('waits a part of twice as long after each failure, and never more than half a minute', async () => {
      const page = await enterMocked((socket) => socket.close({ code: 1012, reason: 'restart' }));
      // The longest wait each time, and the clock stands still meanwhile.
      for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
        await shows(page, '#countdown', `in ${seconds} s`);
        await page.clock.runFor(seconds * 1_000);
      }
    });

    it('comes back at once when the browser is online again', async () => {
      const sockets: WebSocketRoute[] = [];
      const page = await enterMocked((socket) => sockets.push(socket));
      await hasState(page, 'open');
      await sockets[0]?.close({ code: 1012, reason: 'restart' });
      await hasState(page, 'waiting');
      await page.evaluate(() => dispatchEvent(new Event('online')));
      await hasState(page, 'open');
    });

    it('takes a connection that leaves a ping unanswered for dead', async () => {
      const page = await enterMocked(() => {});
      await hasState(page, 'open');
      await page.clock.runFor(10_000);
      await shows(page, '#detail', /no answer within 10 s/);
      await hasState(page, 'waiting');
    });

    it('pings every 25 seconds, and says nothing else by itself', async () => {
      const said: unknown[] = [];
      const page = await enterMocked((socket) =>
        socket.onMessage((message) => {
          said.push(message === 'ping' ? 'ping' : JSON.parse(String(message)).type);
          if (message === 'ping') socket.send('pong');
        }),
      );
      await shows(page, '#round-trip', /ms$/);
      expect(said).toEqual(['hello', 'ping']);
      await page.clock.runFor(25_000);
      await expect.poll(() => said, { timeout: WAIT_MS }).toEqual(['hello', 'ping', 'ping']);
    });
  });
});
