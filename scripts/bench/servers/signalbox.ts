/** The router as it is deployed, with a table whose limits a benchmark does not meet. */
import { createApp } from '../../../src/app.ts';
import { defineConfig } from '../../../src/config/config.ts';
import { MAX_LIMITS } from '../../../src/config/limits.ts';
import { parseConfig } from '../../../src/config/parse.ts';

export { RoomObject } from '../../../durable/room.ts';
export { TunnelObject } from '../../../durable/tunnel.ts';

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
  ],
});

export default createApp(parseConfig(table));
