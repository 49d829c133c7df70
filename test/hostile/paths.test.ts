import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, upgradeTo, verdict } from '../support/hostile-http.ts';
import { Site } from '../support/hostile-site.ts';
import { requestHead } from '../support/raw-socket.ts';
import { type Router, startRouter } from '../support/router.ts';
import { SECRETS } from '../support/tokens-for-table.ts';

const HOST = 'Host: chat.example.com';

/** Behind a proxy, and behind the fallback. */
let site: Site;
let router: Router;
beforeAll(async () => {
  site = await Site.open();
  const target = { kind: 'proxy', pool: [site.origin] };
  const routes = [
    { path: '/app/*', target },
    { path: '/members/*', target, auth: { kind: 'jwt', algorithms: ['HS256'], secret: 'JWT_SECRET' } },
    { path: '/pages/*', target, origins: ['https://app.example.com'] },
  ];
  router = await startRouter('test', { ...SECRETS, ROUTES: JSON.stringify(routes), FALLBACK: site.origin });
});
afterAll(async () => {
  await router.stop();
  site.close();
});

describe('a path that the origin could take for one of another route', () => {
  const SPELLINGS = [
    '//members/x',
    '/members%2fx',
    '/%2Fmembers/x',
    '/app/..%2fmembers/x',
    '/app/%2e%2e%2Fmembers/x',
    '/app/a/..%5c..%5cmembers/x',
  ];

  it.each(SPELLINGS)('leads around no credential: %s', async (path) => {
    for (const request of [requestHead(`GET ${path} HTTP/1.1`, [HOST]), upgradeTo(path)]) {
      expect(verdict(await ask(router, request))).toBe('400 ERR_BAD_REQUEST_TARGET');
      expect(site.takeSeen()).toBe('');
    }
  });

  it.each(SPELLINGS.map((path) => path.replace('members', 'pages')))('leads around no origin: %s', async (path) => {
    expect(verdict(await ask(router, upgradeTo(path, ['Origin: https://evil.example'])))).toBe(
      '400 ERR_BAD_REQUEST_TARGET',
    );
    expect(site.takeSeen()).toBe('');
    // Over HTTP there is nothing to lead around.
    await ask(router, requestHead(`GET ${path} HTTP/1.1`, [HOST]));
    expect(site.takeSeen()).toContain(`GET ${path} HTTP/1.1`);
  });

  it.each(['/app//x', '/app/a%2Fmembers', '/app/..%2fapp/x', '//x', '/x%2fmembers', '/rooms%2flobby'])(
    'is none of these: %s',
    async (path) => {
      expect((await ask(router, requestHead(`GET ${path} HTTP/1.1`, [HOST]))).body).toBe('site');
      expect(site.takeSeen()).toContain(`${path} HTTP/1.1`);
    },
  );
});
