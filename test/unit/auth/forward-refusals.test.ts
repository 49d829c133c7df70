import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { askOrigin } from '../../../src/auth/forward.ts';
import { Rejected } from '../../../src/config/errors.ts';
import { upgradeRequest } from '../../support/requests.ts';
import { FakeWorld, resolved } from '../../support/tokens.ts';

const ORIGIN = 'https://origin.example/who';
const FAILED = new Rejected('ERR_AUTH_ORIGIN_FAILED');
const LATE = new Rejected('ERR_AUTH_ORIGIN_TIMEOUT');

let world: FakeWorld;

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  world = new FakeWorld();
});

afterEach(() => {
  vi.restoreAllMocks();
});

function ask(timeoutMs = 5000) {
  const auth = resolved({ kind: 'forward', url: ORIGIN, timeoutMs });
  return askOrigin(auth, { request: upgradeRequest(), credential: null, address: null }, world);
}

describe("an origin's own refusal", () => {
  it.each([401, 403])('with %i reaches the client as it is', async (status) => {
    const headers = { 'WWW-Authenticate': 'Basic realm="a"', 'Set-Cookie': 'a=b', 'X-Why': 'c' };
    const refusal = new Response('Log in first.\n', { status, headers });
    world.answers[ORIGIN] = () => refusal;
    const answer = await ask();
    expect(answer).toBe(refusal);
    expect(await refusal.text()).toBe('Log in first.\n');
  });

  it('comes without what belongs to the connection to the origin', async () => {
    const headers = { Connection: 'close, X-Hop', 'X-Hop': '1', 'Keep-Alive': 'timeout=9', 'X-Why': 'c' };
    world.answers[ORIGIN] = () => new Response('no', { status: 401, headers });
    const answer = (await ask()) as Response;
    expect([...answer.headers.keys()].sort()).toEqual(['content-type', 'x-why']);
    expect([answer.status, await answer.text()]).toEqual([401, 'no']);
  });

  it.each([401, 403])('with %i is one, whatever else it says', async (status) => {
    world.answers[ORIGIN] = () => new Response(null, { status, headers: { 'Signalbox-User': 'ann' } });
    expect(await ask()).toBeInstanceOf(Response);
  });
});

describe('an origin that does not answer as it should', () => {
  it.each([301, 302, 304, 307, 308, 400, 402, 404, 407, 418, 429, 500, 502, 503])(
    'lets nobody in with %i, whatever else it says',
    async (status) => {
      const headers = { 'Signalbox-User': 'ann', Location: 'https://origin.example/login' };
      world.answers[ORIGIN] = () => new Response(null, { status, headers });
      expect(await ask()).toEqual(FAILED);
      expect(world.asked).toHaveLength(1);
      expect(console.error).toHaveBeenCalledExactlyOnceWith(expect.stringContaining(String(status)));
    },
  );

  it('has its body thrown away', async () => {
    const cancelled = vi.fn();
    world.answers[ORIGIN] = () => new Response(new ReadableStream({ cancel: cancelled }), { status: 500 });
    expect(await ask()).toEqual(FAILED);
    expect(cancelled).toHaveBeenCalledOnce();
  });

  it.each([
    ['no connection', new TypeError('fetch failed'), FAILED],
    ['an end to the connection', new DOMException('', 'AbortError'), FAILED],
    ['what is no error', 'gone', FAILED],
    ['a timeout', new DOMException('', 'TimeoutError'), LATE],
  ])('lets nobody in with %s, and the log says so', async (_, reason, expected) => {
    world.answers[ORIGIN] = () => Promise.reject(reason);
    expect(await ask()).toEqual(expected);
    expect(console.error).toHaveBeenCalledExactlyOnceWith(expect.any(String), reason);
  });

  it('is given up on after the time that the route says', async () => {
    world.answers[ORIGIN] = ({ signal }) =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    expect(await ask(1)).toEqual(LATE);
    expect(timeout).toHaveBeenCalledExactlyOnceWith(1);
  });
});
