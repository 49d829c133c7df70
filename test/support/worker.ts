/** The router with a table that has a route for each thing that end-to-end tests look at. */
import { createApp, type Env } from '../../src/app.ts';
import { defineConfig } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/parse.ts';

export { RoomObject } from '../../durable/room.ts';

const room = { kind: 'room', room: ':room' } as const;

const table = defineConfig({
  routes: [
    { path: '/rooms/:room', target: room },
    { path: '/echo/:room', target: { kind: 'room', room: 'echo/:room', echo: true } },
    { path: '/same/:room', target: room, origins: { allow: 'same', missing: 'deny' } },
    { path: '/list/:room', target: room, origins: ['https://app.example.com', 'https://*.example.org'] },
    { path: '/any/:room', target: room, origins: 'any' },
    { path: '/chat/:room', target: room, protocols: ['chat.v2', 'chat.v1'] },
    { path: '/small/:room', target: { kind: 'room', room: 'small/:room' }, limits: { maxMessageBytes: 16 } },
    { path: '/full/:room', target: { kind: 'room', room: 'full/:room' }, limits: { maxConnections: 1 } },
    { path: '/often/:room', target: { kind: 'room', room: 'often/:room' }, limits: { upgradesPerMinute: 2 } },
    { path: '/proxy/*', target: { kind: 'proxy', pool: ['http://127.0.0.1:9'] } },
    { path: '/tunnel', target: { kind: 'tunnel', pool: [{ host: '127.0.0.1', port: 9 }] } },
    { path: '/grip', target: { kind: 'grip', url: 'http://127.0.0.1:9' } },
  ],
});

let app: ReturnType<typeof createApp> | undefined;

/** The site behind the router, which has another port in each test, comes as a binding. */
export default {
  fetch(request: Request, env: Env & { FALLBACK?: string }) {
    const fallback = env.FALLBACK === undefined ? ({ kind: 'none' } as const) : { kind: 'http', origin: env.FALLBACK };
    app ??= createApp(parseConfig({ ...table, fallback }));
    return app.fetch(request, env);
  },
};
