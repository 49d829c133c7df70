import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { GRIP_SECRET } from './test/support/grip-secret.ts';
import { SECRETS } from './test/support/tokens-for-table.ts';

export default defineConfig({
  test: {
    // Not of the project that it is for, where modules are resolved as workerd has them.
    globalSetup: 'test/support/far-origin.ts',
    projects: [
      // Plain Node: the domain needs nothing of the runtime, so its tests take milliseconds.
      {
        test: {
          name: 'unit',
          isolate: false,
          include: ['test/unit/**/*.test.ts', 'test/wire/**/*.test.ts', 'test/contract/**/*.test.ts'],
        },
      },
      // Inside workerd: what the runtime does with our objects, evictions included.
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            main: './test/durable/worker.ts',
            miniflare: { bindings: { TOKEN_SECRET: SECRETS.JWT_SECRET, GRIP_KEY: GRIP_SECRET } },
          }),
        ],
        test: {
          name: 'durable',
          include: ['test/durable/**/*.test.ts'],
          globalSetup: 'test/support/grip-control.ts',
        },
      },
      // The production bundle in plain workerd, with real clients on real sockets.
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts', 'test/interop/**/*.test.ts', 'test/hostile/**/*.test.ts'],
          globalSetup: 'test/support/bundle.ts',
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
