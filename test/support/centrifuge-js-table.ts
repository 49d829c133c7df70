/** A router that centrifuge-js's own tests can run against, as they would against Centrifugo: docs/centrifugo.md says how. */
import { defineConfig } from '../../src/config/config.ts';

/** Five minutes of what is said, in a stream that every subscriber can recover. */
const stream = { historySize: 100, historyTtl: 300, forceRecovery: true } as const;

export default defineConfig({
  routes: [
    {
      path: '/',
      target: {
        kind: 'room',
        room: 'centrifuge-js',
        protocols: ['centrifugo'],
        api: 'CENTRIFUGO_API_KEY',
        tokens: { algorithms: ['HS256'], secret: 'CENTRIFUGO_TOKEN_SECRET', required: false },
        namespaces: {
          '': { ...stream, presence: true },
          delta: { ...stream, publish: 'subscribers', delta: true },
          recovery: { ...stream, publish: 'subscribers' },
          smallhistory: { ...stream, publish: 'subscribers', historySize: 2 },
        },
      },
    },
  ],
});
