/** The router as it is deployed, with a table whose limits a benchmark does not meet. */
import { RoomObject as Room } from '../../../durable/room.ts';
import { createApp } from '../../../src/app.ts';
import { defineConfig } from '../../../src/config/config.ts';
import { MAX_LIMITS } from '../../../src/config/limits.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import echo from '../../../src/examples/echo/echo.ts';
import { definePlugin } from '../../../src/plugin/plugin.ts';

export { TunnelObject } from '../../../durable/tunnel.ts';

const broadcast = definePlugin({ name: 'broadcast', onMessage: (_, message, room) => room.broadcast(message) });
const plugins = [echo, broadcast];

export class RoomObject extends Room {
  protected override get plugins() {
    return plugins;
  }
}

const table = defineConfig({
  routes: [
    {
      path: '/rooms/:room',
      target: {
        kind: 'room',
        room: ':room',
        protocols: ['raw', 'centrifugo'],
        echo: true,
        namespaces: { kept: { historySize: 100 } },
      },
      limits: MAX_LIMITS,
    },
    { path: '/sp/:room', target: { kind: 'room', room: 'sp/:room', protocols: ['sp'] }, limits: MAX_LIMITS },
    { path: '/echo/:room', target: { kind: 'room', room: 'echo/:room', plugin: 'echo' }, limits: MAX_LIMITS },
    {
      path: '/broadcast/:room',
      target: { kind: 'room', room: 'broadcast/:room', plugin: 'broadcast' },
      limits: MAX_LIMITS,
    },
  ],
});

export default createApp(parseConfig(table, plugins));
