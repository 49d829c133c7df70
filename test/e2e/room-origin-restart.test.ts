import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Centrifuge } from 'centrifuge';
import { expect, it } from 'vitest';
import WebSocket from 'ws';
import type { Served } from '../../scripts/workerd.ts';
import { serveAt } from '../support/router.ts';
import { SocketOrigin } from '../support/socket-origin.ts';

function start(folder: string, origin: SocketOrigin): Promise<Served> {
  const target = {
    kind: 'room',
    room: 'feed/:room',
    protocols: ['raw', 'centrifugo'],
    origin: { url: origin.url, minRetryMs: 20, maxRetryMs: 50 },
  };
  return serveAt(0, folder, 'test', { ROUTES: JSON.stringify([{ path: '/feed/:room', target }]) });
}

/** A client that stays, and whose messages have all been acknowledged. */
async function publish(port: number, messages: readonly string[]): Promise<Centrifuge> {
  const client = new Centrifuge(`ws://127.0.0.1:${port}/feed/a/connection/websocket`, { websocket: WebSocket });
  client.connect();
  await Promise.all(messages.map((message) => client.publish('main', message)));
  return client;
}

it('sends what was acknowledged while the origin was gone also where the router is killed meanwhile', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-restart-'));
  const origin = await SocketOrigin.open();
  origin.admit = () => 503;
  const messages = Array.from({ length: 20 }, (_, i) => `message ${i}`);
  const first = await start(folder, origin);
  const client = await publish(first.port, messages);
  const killed = once(first.process, 'exit');
  first.process.kill('SIGKILL');
  await killed;
  client.disconnect();

  const second = await start(folder, origin);
  const accepted = origin.next();
  origin.admit = () => null;
  const ada = new WebSocket(`ws://127.0.0.1:${second.port}/feed/a`);
  const opened = once(ada, 'open');
  const heard: string[] = [];
  (await accepted).on('message', (data) => heard.push(String(data)));
  await opened;
  ada.send('newer');
  await expect.poll(() => heard, { timeout: 10_000 }).toEqual([...messages, 'newer']);
  await second.stop();
  await origin.kill();
  await rm(folder, { recursive: true, force: true });
});
