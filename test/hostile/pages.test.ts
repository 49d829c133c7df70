import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeInBrowser, type LaunchedBrowser, launchBrowser } from '../support/browser.ts';
import { Neighbours } from '../support/hostile-neighbours.ts';
import { type Router, startRouter } from '../support/router.ts';

let router: Router;
let neighbours: Neighbours;
let launched: LaunchedBrowser;
let site: Server;
let sitePort: number;

describeInBrowser('a page in a browser', () => {
  beforeAll(async () => {
    launched = await launchBrowser();
    router = await startRouter('test');
    neighbours = await Neighbours.moveIn(router, '/rooms/pages');
    site = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end('<title>evil</title>'));
    await once(site.listen(0, '127.0.0.1'), 'listening');
    sitePort = (site.address() as AddressInfo).port;
  });
  afterAll(async () => {
    site?.close();
    neighbours?.leave();
    await launched?.close();
    await router?.stop();
  });

  it.each<[string, () => string]>([
    ['of another port', () => `http://127.0.0.1:${sitePort}/`],
    ['of another name and port', () => `http://localhost:${sitePort}/`],
    ['of another name for the same machine', () => `http://localhost:${router.port}/no/such/page`],
  ])('%s opens no socket to a room of its own pages, though it reaches the router', async (_, address) => {
    const page = await open(address());
    expect(await connect(page, '/any/pages')).toBe('open');
    expect(await connect(page, '/rooms/pages')).toBe('closed with 1006');
    expect(await connect(page, '/same/pages')).toBe('closed with 1006');
    expect(await neighbours.talk()).toEqual([]);
  });

  it("in a sandboxed frame of the router's own page opens no socket", async () => {
    const page = await open(`http://${router.host}/no/such/page`);
    await page.evaluate(() => {
      const frame = document.createElement('iframe');
      frame.setAttribute('sandbox', 'allow-scripts');
      frame.srcdoc = '<title>evil</title>';
      document.body.append(frame);
      return new Promise((resolve) => frame.addEventListener('load', resolve));
    });
    const [, frame] = page.frames();
    if (frame === undefined) throw new TypeError('The page must have a frame');
    expect(await connect(frame, '/any/pages')).toBe('open');
    expect(await connect(frame, '/rooms/pages')).toBe('closed with 1006');
    expect(await neighbours.talk()).toEqual([]);
  });

  it('of the router itself opens one', async () => {
    const page = await open(`http://${router.host}/no/such/page`);
    expect(await connect(page, '/rooms/pages')).toBe('open');
    expect(await connect(page, '/same/pages')).toBe('open');
  });
});

async function open(address: string): Promise<Page> {
  const page = await launched.browser.newPage();
  await page.goto(address);
  return page;
}

/** What becomes of a socket that a script of the page opens. */
function connect(page: Pick<Page, 'evaluate'>, path: string): Promise<string> {
  return page.evaluate(
    (url) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(url);
        socket.onopen = () => resolve('open');
        socket.onclose = ({ code }) => resolve(`closed with ${code}`);
      }),
    `ws://${router.host}${path}`,
  );
}
