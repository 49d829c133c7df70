/** The router with a table that has a route for each thing that end-to-end tests look at. */
import { RoomObject as Room } from '../../durable/room.ts';
import { createApp, type Env } from '../../src/app.ts';
import { defineConfig } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/parse.ts';
import plugins from '../../src/plugins.ts';
import { probe } from './probe.ts';

export { TunnelObject } from '../../durable/tunnel.ts';

const PLUGINS = [...plugins, probe];

export class RoomObject extends Room {
  protected override get plugins() {
    return PLUGINS;
  }
}

const room = { kind: 'room', room: ':room' } as const;
const jwt = { kind: 'jwt', algorithms: ['HS256'], secret: 'JWT_SECRET' } as const;

/** Clocks do not differ here, so that what expires does so without delay. */
const tokens = { algorithms: ['HS256'], secret: 'JWT_SECRET', clockTolerance: 0 } as const;
const withTokens = {
  kind: 'room',
  protocols: ['centrifugo'],
  api: 'API_KEYS',
  tokens,
  namespaces: {
    '': { presence: true, joinLeave: true, forcePushJoinLeave: true, historySize: 100, forceRecovery: true },
    private: { subscribe: 'token', presence: true },
  },
} as const;

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
    {
      path: '/jwt/:room',
      target: room,
      auth: { ...jwt, from: ['authorization', { cookie: 'token' }, { query: 'token' }] },
    },
    { path: '/offer/:room', target: room, protocols: ['chat'], auth: { ...jwt, from: ['subprotocol'] } },
    {
      path: '/close/:room',
      target: room,
      protocols: ['chat'],
      auth: { ...jwt, from: ['subprotocol'] },
      refuse: 'close',
    },
    {
      path: '/ticket/:room',
      target: room,
      auth: { kind: 'ticket', secret: 'TICKET_SECRET', from: [{ query: 'ticket' }] },
    },
    { path: '/once/:room', target: room, auth: { kind: 'ticket', secret: 'TICKET_SECRET', once: true } },
    { path: '/api/*', target: { kind: 'api', keys: 'API_KEYS', tickets: 'TICKET_SECRET' } },
    {
      path: '/live/:room',
      target: {
        kind: 'room',
        room: 'live/:room',
        protocols: ['raw', 'centrifugo', 'sse'],
        api: 'API_KEYS',
        namespaces: {
          '': { presence: true, historySize: 100, forceRecovery: true, delta: true },
          plain: {},
          fleeting: { delta: true },
          moves: { joinLeave: true },
          told: { joinLeave: true, forcePushJoinLeave: true },
          small: { historySize: 2, forceRecovery: true },
          durable: { historySize: 10_000, historyTtl: 3600 },
          cache: { historySize: 10, forceRecovery: true, recoveryMode: 'cache' },
          subscribers: { publish: 'subscribers' },
          api: { publish: 'api' },
        },
      },
    },
    { path: '/tokens/:room', target: { ...withTokens, room: 'tokens/:room' }, origins: 'any' },
    {
      path: '/guests/:room',
      target: { ...withTokens, room: 'guests/:room', tokens: { ...tokens, required: false } },
    },
    {
      path: '/streams/:room',
      target: {
        kind: 'room',
        room: 'streams/:room',
        protocols: ['raw', 'centrifugo', 'sse'],
        api: 'API_KEYS',
        namespaces: {
          '': { presence: true, historySize: 100, forceRecovery: true, delta: true },
          plain: { presence: true },
        },
      },
      origins: 'any',
    },
    {
      path: '/narrow/:room',
      target: { kind: 'room', room: 'narrow/:room', protocols: ['centrifugo', 'sse'], api: 'API_KEYS' },
      limits: { maxMessageBytes: 256, maxBufferedBytes: 64 * 1024, maxConnections: 2, upgradesPerMinute: 20 },
      origins: ['http://app.example'],
    },
    {
      path: '/members/:room',
      target: { kind: 'room', room: 'members/:room', protocols: ['centrifugo', 'sse'], api: 'API_KEYS' },
      auth: { ...jwt, from: ['authorization', { query: 'token' }] },
      origins: { allow: 'same', missing: 'deny' },
    },
    {
      path: '/sp/:room',
      target: {
        kind: 'room',
        room: 'sp/:room',
        protocols: ['raw', 'centrifugo', 'sp'],
        namespaces: { '': { historySize: 100, forceRecovery: true } },
      },
      origins: 'any',
    },
    {
      path: '/sp-only/:room',
      target: { kind: 'room', room: 'sp-only/:room', protocols: ['sp'] },
      auth: { ...jwt, from: [{ query: 'token' }] },
      limits: { maxConnections: 2, messagesPerSecond: 10, messageBurst: 3 },
    },
    {
      path: '/probe/:room',
      target: { kind: 'room', room: 'probe/:room', plugin: 'probe', protocols: ['raw', 'centrifugo'], api: 'API_KEYS' },
    },
    {
      path: '/guarded/:room',
      target: { kind: 'room', room: 'guarded/:room', plugin: 'probe', protocols: ['raw', 'centrifugo'] },
      auth: { ...jwt, from: ['authorization', { query: 'token' }] },
      refuse: 'close',
    },
    { path: '/plugin/:room', target: { kind: 'room', room: 'plugin/:room', plugin: 'probe' }, protocols: ['v2', 'v1'] },
    { path: '/plain-echo/:room', target: { kind: 'room', room: 'plain-echo/:room', plugin: 'echo' } },
    { path: '/proxy/*', target: { kind: 'proxy', pool: ['http://127.0.0.1:9'] } },
    { path: '/grip', target: { kind: 'grip', url: 'http://127.0.0.1:9' } },
  ],
});

let app: ReturnType<typeof createApp> | undefined;

/** What stands behind the router has another port in each test, and comes as a binding; `ROUTES` holds rows in JSON. */
export default {
  fetch(request: Request, env: Env) {
    app ??= createApp(
      parseConfig(
        { routes: [...table.routes, ...routesTo(env), ...tunnelsTo(env)], fallback: fallbackTo(env) },
        PLUGINS,
      ),
    );
    return app.fetch(request, env);
  },
};

function routesTo({ JWKS, FORWARD, ROUTES }: Env): object[] {
  const keys = { kind: 'jwt', algorithms: ['RS256', 'ES256', 'EdDSA'], jwks: JWKS };
  const forward = { kind: 'forward', url: FORWARD, from: [{ query: 'token' }], timeoutMs: 1000 };
  return [
    ...(typeof ROUTES === 'string' ? (JSON.parse(ROUTES) as object[]) : []),
    ...(JWKS === undefined ? [] : [{ path: '/keys/:room', target: room, auth: keys }]),
    ...(FORWARD === undefined ? [] : [{ path: '/forward/:room', target: room, auth: forward }]),
  ];
}

/** Tunnels to two services, and to a port where nobody listens. */
function tunnelsTo({ TUNNEL_PORTS }: Env): object[] {
  if (typeof TUNNEL_PORTS !== 'string') return [];
  const [one, two, closed] = (JSON.parse(TUNNEL_PORTS) as number[]).map((port) => ({ host: '127.0.0.1', port }));
  const tunnel = { kind: 'tunnel', pool: [one] };
  return [
    { path: '/tcp/plain', target: tunnel },
    { path: '/tcp/small', target: tunnel, limits: { maxMessageBytes: 16 } },
    { path: '/tcp/text', target: { ...tunnel, frames: 'text' } },
    { path: '/tcp/mirror', target: { ...tunnel, frames: 'mirror' } },
    { path: '/tcp/closed', target: { ...tunnel, pool: [closed], disableMs: 60_000 } },
    { path: '/tcp/failover', target: { ...tunnel, pool: [closed, one] } },
    { path: '/tcp/fair', target: { ...tunnel, pool: [one, two], policy: 'least_conn' } },
    { path: '/tcp/capped', target: { ...tunnel, maxConnections: 1 } },
    { path: '/tcp/proxy-v1', target: { ...tunnel, proxyProtocol: 1 } },
    { path: '/tcp/proxy-tls', target: { ...tunnel, proxyProtocol: 1, tls: { serverName: 'service.example.com' } } },
    { path: '/tcp/proxy-v2', target: { ...tunnel, proxyProtocol: 2 } },
    { path: '/tcp/members', name: 'members-only', target: tunnel, auth: jwt },
    {
      path: '/tcp/chosen',
      target: { kind: 'tunnel', to: { secret: 'TICKET_SECRET', allow: ['127.0.0.1:1-65535'], private: true } },
    },
  ];
}

function fallbackTo({ FALLBACK }: Env) {
  return FALLBACK === undefined ? { kind: 'none' } : { kind: 'http', origin: FALLBACK };
}
