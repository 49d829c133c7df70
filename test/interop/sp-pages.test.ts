/** Pages and SDKs in a room with sockets of nanomsg and nng. */
import { once } from 'node:events';
import { Centrifuge } from 'centrifuge';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import WebSocket from 'ws';
import { describeInBrowser, type LaunchedBrowser, launchBrowser } from '../support/browser.ts';
import { arrived, describeWithSp, roomUrl, start } from '../support/sp-interop.ts';
import { SP_PROGRAMS } from '../support/sp-programs.ts';

/** What a page keeps between two steps of a test. */
declare global {
  interface Window {
    socket: WebSocket;
    messages: string[];
  }
}

describeWithSp('in one room', () => {
  it.each(SP_PROGRAMS)(
    "what %s publishes comes to Centrifugo's clients, also to one that was away",
    async (program) => {
      start(program, 'pub', '-D', '21.5', '-i', '1');
      const client = new Centrifuge(`${roomUrl()}/connection/websocket`, { websocket: WebSocket });
      const subscription = client.newSubscription('main', { since: { offset: 0, epoch: '' } });
      try {
        const published = new Promise<{ data: string; tags?: Record<string, string> }>((resolve) =>
          subscription.once('publication', resolve),
        );
        subscription.subscribe();
        client.connect();
        const { data, tags } = await published;
        expect([atob(data), tags]).toEqual(['21.5', { encoding: 'base64' }]);
      } finally {
        client.disconnect();
      }
    },
  );

  describeInBrowser('a page', () => {
    let launched: LaunchedBrowser;
    beforeAll(async () => {
      launched = await launchBrowser();
    });
    afterAll(() => launched?.close());

    /** A page whose socket is open. What comes is kept as text. */
    async function openPage(...subprotocols: string[]): Promise<Page> {
      const page = await (await launched.browser.newContext()).newPage();
      await page.evaluate(
        async ({ url, subprotocols }) => {
          const socket = new window.WebSocket(url, subprotocols);
          const messages: string[] = [];
          socket.binaryType = 'arraybuffer';
          socket.onmessage = ({ data }) =>
            messages.push(typeof data === 'string' ? data : new TextDecoder().decode(data));
          await new Promise((resolve, reject) => {
            socket.onopen = resolve;
            socket.onerror = reject;
          });
          Object.assign(window, { socket, messages });
        },
        { url: roomUrl(), subprotocols },
      );
      return page;
    }

    const say = (page: Page, text: string) => page.evaluate((text) => window.socket.send(text), text);
    const heard = (page: Page) => expect.poll(() => page.evaluate(() => window.messages), { timeout: 10_000 });

    it.each(SP_PROGRAMS)('hears what %s publishes, and is heard by its subscriber', async (program) => {
      const page = await openPage();
      const sub = start(program, 'sub');
      await arrived(2);
      await say(page, 'from the page');
      expect(await sub.hear()).toBe('from the page');
      start(program, 'pub', '-D', 'from a device', '-i', '1');
      await heard(page).toContain('from a device');
      await page.context().close();
    });

    it.each(SP_PROGRAMS)('talks on a bus and in a pair with %s', async (program) => {
      const page = await openPage();
      const bus = start(program, 'bus', '-D', 'bus', '-i', '1');
      const pair = start(program, 'pair', '-D', 'pair', '-i', '1');
      await heard(page).toEqual(expect.arrayContaining(['bus', 'pair']));
      await say(page, 'page');
      await Promise.all([bus.until('page'), pair.until('page')]);
      await page.context().close();
    });

    it.each(SP_PROGRAMS)('is answered by %s', async (program) => {
      start(program, 'rep', '-D', 'noon');
      const page = await openPage('sp.signalbox');
      await say(page, '{"ask":"time","id":7}');
      await heard(page).toEqual(['{"answer":"noon","id":7}']);
      await page.context().close();
    });

    it.each(SP_PROGRAMS)('answers %s', async (program) => {
      const page = await openPage('sp.signalbox');
      await page.evaluate(() => {
        window.socket.addEventListener('message', ({ data }) => {
          const { ask, id } = JSON.parse(String(data));
          window.socket.send(JSON.stringify({ answer: `${ask}? noon`, id }));
        });
        window.socket.send('{"serve":true}');
      });
      await start(program, 'req', '-D', 'time').until('time? noon');
      await page.context().close();
    });
  });

  it('a page that says nothing of SP gets nothing of what is asked, pushed or surveyed', async () => {
    const socket = new WebSocket(roomUrl());
    const messages: string[] = [];
    socket.on('message', (data) => messages.push(String(data)));
    await once(socket, 'open');
    for (const role of ['req', 'push', 'surveyor']) start('nngcat', role, '-D', role);
    await arrived(4);
    const pub = start('nanocat', 'pub', '-D', 'last', '-i', '1');
    await once(socket, 'message');
    expect([messages[0], pub.running]).toEqual(['last', true]);
    socket.terminate();
  });
});
