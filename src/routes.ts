import { defineConfig } from './config/config.ts';

/** The route table of this deployment. docs/routes.md says what can stand here. */
export default defineConfig({
  routes: [
    { path: '/', target: { kind: 'page', page: 'chat' } },
    { path: '/rooms/:room', target: { kind: 'room', room: ':room', protocols: ['raw'] } },
  ],
  fallback: { kind: 'none' },
});
