import { expect, it } from 'vitest';
import { removeHopByHop, withoutHopByHop } from '../../../src/util/hop-by-hop.ts';

function left(headers: Record<string, string>): string[] {
  const cleaned = new Headers(headers);
  removeHopByHop(cleaned);
  return [...cleaned.keys()];
}

it('takes away what belongs to one connection', () => {
  const headers = { Connection: 'close', 'Keep-Alive': '1', 'Proxy-Connection': 'close', TE: 'trailers' };
  expect(left({ ...headers, Upgrade: 'h2c', 'HTTP2-Settings': 'AA', Cookie: 'a=1' })).toEqual(['cookie']);
});

it('takes away what Connection names, in any case', () => {
  expect(left({ Connection: 'close, X-Mine , X-OTHER', 'x-mine': '1', 'X-Other': '2', 'X-Kept': '3' })).toEqual([
    'x-kept',
  ]);
});

it.each(['Content-Length', 'transfer-encoding', 'HOST'])('leaves %s alone, also where Connection names it', (name) => {
  expect(left({ Connection: name, [name]: '1' })).toEqual([name.toLowerCase()]);
});

it('is not put off by what is no name', () => {
  expect(left({ Connection: ', a b, "x", close', 'X-Kept': '1' })).toEqual(['x-kept']);
});

it('leaves the status and the body of an answer as they are', async () => {
  const headers = { Connection: 'X-Mine', 'X-Mine': '1', ETag: '"a"' };
  const answer = withoutHopByHop(new Response('body', { status: 203, headers }));
  expect([answer.status, await answer.text()]).toEqual([203, 'body']);
  expect([...answer.headers.keys()]).toEqual(['content-type', 'etag']);
});

it('does not make an answer anew that needs no change', () => {
  const answer = new Response('body');
  expect(withoutHopByHop(answer)).toBe(answer);
});
