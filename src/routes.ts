import { defineConfig } from './config/config.ts';

/** Channels whose names begin with `history:` keep an hour of what is said, so that who was away gets what they missed. */
const namespaces = {
  '': { presence: true },
  history: { historySize: 100, historyTtl: 3600, forceRecovery: true, presence: true },
};

/** The examples of plug-ins: each has a page, and its rooms below it. */
const examples = (['echo', 'dumb-increment', 'counter', 'cursors', 'tictactoe'] as const).flatMap(
  (name) =>
    [
      { path: `/examples/${name}`, target: { kind: 'page', page: name } },
      {
        path: `/examples/${name}/:room`,
        target: { kind: 'room', room: `examples/${name}/:room`, plugin: name },
        limits: { maxConnections: 100 },
      },
    ] as const,
);

/** The route table of this deployment. docs/routes.md says what can stand here. */
export default defineConfig({
  routes: [
    { path: '/', target: { kind: 'page', page: 'chat' } },
    {
      path: '/rooms/:room',
      target: { kind: 'room', room: ':room', protocols: ['raw', 'centrifugo', 'sse', 'sp'], namespaces },
    },
    // Where the SDKs' own quick starts look for a server.
    { path: '/', name: 'root', target: { kind: 'room', room: 'root', protocols: ['centrifugo'], namespaces } },
    ...examples,
  ],
  fallback: { kind: 'none' },
});
