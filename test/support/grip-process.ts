/** An application server of GRIP as a process of its own: tells its parent where it is, and where it takes orders over HTTP. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GRIP_SECRET } from './grip-secret.ts';
import { GripServer } from './grip-server.ts';

const app = await GripServer.open();
app.configure({ control_uri: 'http://127.0.0.1:9/', control_iss: 'signalbox', key: GRIP_SECRET });
const control = createServer(obey(app)).listen(0, '127.0.0.1');
await once(control, 'listening');
process.on('disconnect', () => process.exit());
process.send?.({ app: app.url, control: `http://127.0.0.1:${(control.address() as AddressInfo).port}` });

/** `/ends` and `/urls` tell what it was told; `/kill` and `/revive` do that. */
function obey(app: GripServer): RequestListener {
  const commands: Record<string, () => unknown> = {
    '/ends': () => app.ends,
    '/urls': () => app.seen.map(({ url }) => url),
    '/kill': () => app.kill(),
    '/revive': () => app.revive(),
  };
  return async ({ url = '' }, response) => {
    response.end(JSON.stringify((await commands[url]?.()) ?? null));
  };
}
