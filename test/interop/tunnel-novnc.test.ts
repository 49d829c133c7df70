import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeInBrowser, type LaunchedBrowser, launchBrowser } from '../support/browser.ts';
import { startOrigin, type TcpOrigin } from '../support/tcp-origin.ts';
import { startTunnelTo, type TunnelRoute } from '../support/tunnel-route.ts';

/** Where noVNC's own modules are. */
const CORE = dirname(createRequire(import.meta.url).resolve('@novnc/novnc'));

/** What noVNC talks to a VNC server through: core/websock.js. */
interface Websock {
  open(url: string, protocols: string[]): void;
  on(event: 'open' | 'message', listener: () => void): void;
  on(event: 'close', listener: (event: CloseEvent) => void): void;
  sQpushBytes(bytes: Uint8Array): void;
  flush(): void;
  rQlen(): number;
  rQshiftBytes(count: number): Uint8Array;
}

declare global {
  interface Window {
    Websock: new () => Websock;
  }
}

/** Sends a page, and to it what it imports of noVNC. */
function startSite(): Server {
  const page =
    '<!doctype html><script type="module">import Websock from "/websock.js"; window.Websock = Websock</script>';
  return createServer(async ({ url = '/' }, response) => {
    const isScript = url.endsWith('.js');
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? await readFile(join(CORE, url)) : page);
  }).listen(0, '127.0.0.1');
}

describeInBrowser("noVNC's way to its server", () => {
  let launched: LaunchedBrowser;
  let site: Server;
  let service: TcpOrigin;
  let tunnel: TunnelRoute;
  let page: Page;

  beforeAll(async () => {
    launched = await launchBrowser();
    site = startSite();
    await once(site, 'listening');
    service = await startOrigin();
    tunnel = await startTunnelTo(service.port);
  });
  beforeEach(async () => {
    service.play = (socket) => void socket.pipe(socket);
    page = await (await launched.browser.newContext()).newPage();
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  });
  afterEach(() => page.context().close());
  afterAll(async () => {
    await launched?.close();
    await tunnel?.router.stop();
    await service?.stop();
    site?.close();
    site?.closeAllConnections();
  });

  // Its own default, what it can be told to offer, and what old versions of it offer.
  it.each([[[]], [['binary']], [['binary', 'base64']]])('leads there and back, with %j offered', async (protocols) => {
    const isSame = await page.evaluate(
      async ({ url, protocols }) => {
        const websock = new window.Websock();
        const bytes = Uint8Array.from({ length: 3_000_000 }, (_, at) => at % 251);
        const echoed = new Promise<void>((resolve) =>
          websock.on('message', () => websock.rQlen() >= bytes.length && resolve()),
        );
        websock.on('open', () => {
          websock.sQpushBytes(bytes);
          websock.flush();
        });
        websock.open(url, protocols);
        await echoed;
        const received = websock.rQshiftBytes(websock.rQlen());
        return received.length === bytes.length && received.every((byte, at) => byte === bytes[at]);
      },
      { url: tunnel.url, protocols },
    );
    expect(isSame).toBe(true);
  });

  it('ends as the server ends', async () => {
    service.play = (socket) => void socket.end('RFB 003.008\n');
    const ended = await page.evaluate(async (url) => {
      const websock = new window.Websock();
      const closed = new Promise<CloseEvent>((resolve) => websock.on('close', resolve));
      websock.open(url, []);
      const { code, wasClean } = await closed;
      return { code, wasClean, said: String.fromCharCode(...websock.rQshiftBytes(websock.rQlen())) };
    }, tunnel.url);
    expect(ended).toEqual({ code: 1000, wasClean: true, said: 'RFB 003.008\n' });
  });
});
