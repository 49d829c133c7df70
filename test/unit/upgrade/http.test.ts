import { describe, expect, it } from 'vitest';
import type { Route } from '../../../src/config/config.ts';
import { checkHttp } from '../../../src/upgrade/http.ts';
import { resolveRoute } from '../../support/requests.ts';

interface Asked {
  method?: string;
  headers?: Record<string, string>;
  origins?: Route['origins'];
}

/** The code of the refusal; null where every rung holds. */
function check({ method = 'GET', headers = {}, origins }: Asked = {}): string | null {
  const request = new Request('https://a.example/rooms/a/sse', { method, headers });
  return checkHttp(request, 'GET', resolveRoute({ origins }).origins)?.code ?? null;
}

it('lets a good request through', () => {
  expect(check()).toBeNull();
  expect(check({ method: 'OPTIONS', headers: { Origin: 'https://a.example' } })).toBeNull();
  expect(check({ headers: { Upgrade: 'h2c' } })).toBeNull();
});

it.each([
  ['an upgrade', { headers: { Upgrade: 'websocket' } }, 'ERR_HTTP_ONLY'],
  ['another method', { method: 'POST' }, 'ERR_METHOD_NOT_ALLOWED'],
  ['HEAD', { method: 'HEAD' }, 'ERR_METHOD_NOT_ALLOWED'],
  ['a foreign origin', { headers: { Origin: 'https://evil.example' } }, 'ERR_ORIGIN_NOT_ALLOWED'],
  [
    'a preflight of a foreign origin',
    { method: 'OPTIONS', headers: { Origin: 'https://evil.example' } },
    'ERR_ORIGIN_NOT_ALLOWED',
  ],
])('refuses %s', (_, asked, code) => {
  expect(check(asked)).toBe(code);
});

it('answers by the first of them that fails', () => {
  const headers = { Origin: 'https://evil.example' };
  expect(check({ method: 'POST', headers })).toBe('ERR_METHOD_NOT_ALLOWED');
  expect(check({ method: 'POST', headers: { Upgrade: 'websocket' } })).toBe('ERR_HTTP_ONLY');
});

describe('a request of a browser that names no origin', () => {
  const LIST = ['https://app.example'];
  const strict = { allow: 'same', missing: 'deny' } as const;

  it.each([
    ['cross-site', 'same', 'ERR_ORIGIN_NOT_ALLOWED'],
    ['same-site', 'same', 'ERR_ORIGIN_NOT_ALLOWED'],
    ['cross-site', LIST, 'ERR_ORIGIN_NOT_ALLOWED'],
    ['cross-site', 'any', null],
    ['cross-site', { allow: 'any', missing: 'deny' }, 'ERR_ORIGIN_NOT_ALLOWED'],
    ['same-origin', 'same', null],
    ['same-origin', strict, null],
    ['same-origin', LIST, null],
    ['same-origin', { allow: LIST, missing: 'deny' }, 'ERR_ORIGIN_NOT_ALLOWED'],
    ['none', 'same', null],
    ['none', strict, 'ERR_ORIGIN_NOT_ALLOWED'],
  ] as const)('from %s, where %j may connect: %s', (site, origins, answer) => {
    expect(check({ headers: { 'Sec-Fetch-Site': site }, origins })).toBe(answer);
  });

  it('is believed only where it names none', () => {
    const headers = { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://evil.example' };
    expect(check({ headers })).toBe('ERR_ORIGIN_NOT_ALLOWED');
  });
});
