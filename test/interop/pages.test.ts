import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { Centrifuge, PublicationContext, SubscriptionOptions } from 'centrifuge';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeInBrowser, type LaunchedBrowser, launchBrowser } from '../support/browser.ts';
import { type Router, startRouter } from '../support/router.ts';
import { startRelay, type TcpRelay } from '../support/tcp-relay.ts';
import { SECRETS, signToken } from '../support/tokens-for-table.ts';

/** The stock client as pages get it. */
const CLIENT = join(dirname(createRequire(import.meta.url).resolve('centrifuge')), '../dist/centrifuge.js');

/** What a test page keeps between two steps of a test. */
declare global {
  interface Window {
    Centrifuge: typeof Centrifuge;
    client: Centrifuge;
    source: EventSource;
    received: unknown[];
  }
}

describeInBrowser('a page of another origin', () => {
  let launched: LaunchedBrowser;
  let router: Router;
  let relay: TcpRelay;
  let site: Server;

  beforeAll(async () => {
    launched = await launchBrowser();
    router = await startRouter('test', SECRETS);
    relay = await startRelay(router.port);
    site = createServer(async ({ url }, response) => {
      const isScript = url === '/centrifuge.js';
      response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? await readFile(CLIENT) : '<!doctype html><script src="/centrifuge.js"></script>');
    }).listen(0, '127.0.0.1');
    await once(site, 'listening');
  });

  afterEach(async () => {
    await Promise.all(launched.browser.contexts().map((context) => context.close()));
  });

  afterAll(async () => {
    await launched?.close();
    await relay?.stop();
    await router?.stop();
    site?.close();
    site?.closeAllConnections();
  });

  async function openPage(): Promise<Page> {
    const page = await (await launched.browser.newContext()).newPage();
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
    return page;
  }

  /** Connects a client that tries these transports, subscribes it to a channel, and says over which it came. */
  function connect(
    page: Page,
    room: string,
    transports: ('websocket' | 'http_stream' | 'sse')[],
    host = router.host,
    options: Partial<SubscriptionOptions> = {},
  ): Promise<string> {
    return page.evaluate(
      async ({ base, transports, options }) => {
        const endpoints = transports.map((transport) => ({
          transport,
          endpoint: `${transport === 'websocket' ? 'ws' : 'http'}://${base}/connection/${transport}`,
        }));
        const client = new window.Centrifuge(endpoints, { emulationEndpoint: `http://${base}/emulation` });
        const connected = new Promise<string>((resolve) =>
          client.on('connected', (context) => resolve(context.transport)),
        );
        const subscription = client.newSubscription('a', options);
        const received: unknown[] = [];
        subscription.on('publication', ({ data }: PublicationContext) => received.push(data));
        subscription.subscribe();
        client.connect();
        await subscription.ready();
        Object.assign(window, { client, received });
        return connected;
      },
      { base: `${host}/streams/${room}`, transports, options },
    );
  }

  const publish = (page: Page, data: unknown) => page.evaluate((data) => window.client.publish('a', data), data);
  const received = (page: Page) => expect.poll(() => page.evaluate(() => window.received), { timeout: 20_000 });

  it.each(['websocket', 'http_stream', 'sse'] as const)(
    'publishes and receives over %s, and sees who is there',
    async (transport) => {
      const [one, two] = [await openPage(), await openPage()];
      expect(await connect(one, `talk-${transport}`, [transport])).toBe(transport);
      expect(await connect(two, `talk-${transport}`, [transport])).toBe(transport);
      await publish(one, { text: 'héllo 🙂' });
      await publish(two, 'hello, one');
      for (const page of [one, two]) await received(page).toEqual([{ text: 'héllo 🙂' }, 'hello, one']);
      expect(await one.evaluate(() => window.client.presenceStats('a'))).toEqual({ numClients: 2, numUsers: 1 });
    },
  );

  it.each(['http_stream', 'sse'] as const)('falls back to %s where WebSockets are blocked', async (transport) => {
    const page = await openPage();
    await page.routeWebSocket(/connection/, (socket) => socket.close());
    expect(await connect(page, 'blocked', ['websocket', transport])).toBe(transport);
    await publish(page, transport);
    await received(page).toEqual([transport]);
  });

  it.each(['http_stream', 'sse'] as const)('gets over %s what it missed while it had no network', async (transport) => {
    const [one, two] = [await openPage(), await openPage()];
    await connect(one, `offline-${transport}`, [transport]);
    await connect(two, `offline-${transport}`, [transport]);
    await one.context().setOffline(true);
    await one.waitForFunction(() => window.client.state === 'connecting');
    for (const data of [1, 2, 3]) await publish(two, data);
    await one.context().setOffline(false);
    await received(one).toEqual([1, 2, 3]);
    await publish(two, 4);
    await received(one).toEqual([1, 2, 3, 4]);
  });

  it('gets over a WebSocket what it missed while its connection was broken, deltas and all', async () => {
    const [one, two] = [await openPage(), await openPage()];
    await connect(one, 'broken', ['websocket'], relay.host, { delta: 'fossil' });
    await connect(two, 'broken', ['websocket']);
    const text = 'the same again and again '.repeat(20);
    for (const n of [1, 2]) await publish(two, { n, text });
    await received(one).toHaveLength(2);
    relay.breakAll();
    await one.waitForFunction(() => window.client.state === 'connecting');
    for (const n of [3, 4]) await publish(two, { n, text });
    await received(one).toEqual([1, 2, 3, 4].map((n) => ({ n, text })));
    const stats = await one.evaluate(() => window.client.getSubscription('a')?.deltaStats());
    expect(stats).toMatchObject({ numPublications: 4, numDeltaPayloads: 1 });
    const { publications } = await one.evaluate(() => window.client.history('a', { limit: 10 }));
    expect(publications.map(({ data }) => data.n)).toEqual([1, 2, 3, 4]);
  });

  it('shows tokens, for itself and for a channel', async () => {
    const page = await openPage();
    const endpoint = `ws://${router.host}/tokens/page/connection/websocket`;
    const tokens = [await signToken({ info: { name: 'Ada' } }), await signToken({ channel: 'private:a' })] as const;
    const present = await page.evaluate(
      async ({ endpoint, tokens: [own, channel] }) => {
        const client = new window.Centrifuge(endpoint, { getToken: async () => own });
        const subscription = client.newSubscription('private:a', { getToken: async () => channel });
        subscription.subscribe();
        client.connect();
        await subscription.ready();
        return Object.values((await subscription.presence()).clients);
      },
      { endpoint, tokens },
    );
    expect(present).toEqual([expect.objectContaining({ user: 'ada', connInfo: { name: 'Ada' } })]);
  });

  it('listens by EventSource, and goes on where it was when it comes back', async () => {
    const [page, other] = [await openPage(), await openPage()];
    await connect(other, 'source', ['http_stream']);
    await page.evaluate(async (url) => {
      const source = new EventSource(url);
      const received: unknown[] = [];
      source.onmessage = ({ data }) => received.push(data);
      Object.assign(window, { source, received });
      await new Promise((resolve) => source.addEventListener('open', resolve, { once: true }));
    }, `http://${relay.host}/streams/source/sse?channel=a`);
    await publish(other, { n: 1 });
    await received(page).toEqual(['{"n":1}']);
    relay.breakAll();
    await page.waitForFunction(() => window.source.readyState === EventSource.CONNECTING);
    for (const n of [2, 3]) await publish(other, { n });
    await received(page).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
  });

  it('may not listen where the route does not take its origin, nor without saying so', async () => {
    const page = await openPage();
    const url = `http://${router.host}/live/closed/sse`;
    const [blind] = await Promise.all([
      page.waitForResponse(url),
      // What images and scripts are asked for with: no Origin, and cookies.
      page.evaluate((url) => void fetch(url, { mode: 'no-cors', credentials: 'include' }), url),
    ]);
    expect([blind.status(), await blind.request().headerValue('Origin')]).toEqual([403, null]);
    const state = await page.evaluate(async (url) => {
      const source = new EventSource(url);
      await new Promise((resolve) => {
        source.onerror = resolve;
      });
      return source.readyState;
    }, url);
    expect(state).toBe(2);
  });

  it('of the same origin may listen where nobody may who names none', async () => {
    const page = await (await launched.browser.newContext()).newPage();
    await page.route('**/page', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
    await page.goto(`http://${router.host}/page`);
    const path = `/members/own/sse?token=${await signToken()}`;
    expect((await fetch(`http://${router.host}${path}`)).status).toBe(403);
    const [answer] = await Promise.all([
      page.waitForResponse(`http://${router.host}${path}`),
      page.evaluate((path) => void new EventSource(path), path),
    ]);
    expect([answer.status(), await answer.request().headerValue('Origin')]).toEqual([200, null]);
  });
});
