import { describe, expect, it } from 'vitest';
import type { Route } from '../../../src/config/config.ts';
import { answerPreflight, withCors } from '../../../src/upgrade/cors.ts';
import { resolveRoute } from '../../support/requests.ts';

const PAGE = 'https://app.example';
const asked = (headers: Record<string, string>) => new Request('https://a.example/sse', { headers });

function answered(origins: Route['origins'], headers: Record<string, string>, answer = new Response('x')) {
  return withCors(resolveRoute({ origins }).origins, asked(headers), answer);
}

describe('an answer', () => {
  it.each([
    ['a listed origin', [PAGE], PAGE],
    ['any', 'any', PAGE],
    ['the same', 'same', 'https://a.example'],
    ['any, also of a page without one', 'any', 'null'],
  ] as const)('can be read by a page that may connect: %s', (_, origins, Origin) => {
    const { headers } = answered(origins, { Origin });
    expect(headers.get('Access-Control-Allow-Origin')).toBe(Origin);
    expect(headers.get('Access-Control-Allow-Credentials')).toBe('true');
    expect(headers.get('Vary')).toBe('Origin');
  });

  it.each([
    ['of another origin', [PAGE], { Origin: 'https://evil.example' }],
    ['of another host', 'same', { Origin: PAGE }],
    ['without an origin', 'any', {}],
  ] as const)('is as it was for a page %s', (_, origins, headers) => {
    const before = new Response('x');
    expect(answered(origins, headers, before)).toBe(before);
    expect([...before.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('keeps its status, its body and its own headers', async () => {
    const before = new Response('full', { status: 503, headers: { 'Retry-After': '10', Vary: 'Accept' } });
    const after = answered('any', { Origin: PAGE }, before);
    expect([after.status, await after.text(), after.headers.get('Retry-After')]).toEqual([503, 'full', '10']);
    expect(after.headers.get('Vary')).toBe('Accept, Origin');
    expect(after.headers.get('Access-Control-Expose-Headers')).toBe('Signalbox-Error, Retry-After');
  });
});

describe('a preflight', () => {
  it('is answered with the method of the path, and the headers that are asked for', () => {
    const { status, headers } = answerPreflight(
      asked({ 'Access-Control-Request-Headers': 'content-type,x-a' }),
      'POST',
    );
    expect(status).toBe(204);
    expect(headers.get('Access-Control-Allow-Methods')).toBe('POST');
    expect(headers.get('Access-Control-Allow-Headers')).toBe('content-type,x-a');
    expect(headers.get('Access-Control-Max-Age')).toBe('7200');
  });

  it('allows no headers where none are asked for', () => {
    expect(answerPreflight(asked({}), 'GET').headers.has('Access-Control-Allow-Headers')).toBe(false);
  });
});
