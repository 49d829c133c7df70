import { expect, it } from 'vitest';
import { type Dial, openUpstream } from '../../../src/bridge/attempt.ts';
import { UpstreamPool } from '../../../src/bridge/pool.ts';
import { DEFAULT_POOL, type Upstream } from '../../../src/config/bridge.ts';
import { Rejected } from '../../../src/config/errors.ts';

const UNREACHABLE = new Rejected('ERR_UPSTREAM_UNREACHABLE');
const TIMEOUT = new Rejected('ERR_UPSTREAM_TIMEOUT');

/** A pool of these upstreams, and what dialling each of them comes to. Tells which were dialled. */
function scene(outcomes: Record<string, Rejected | Error | 'open'>, options = {}) {
  const upstreams = Object.keys(outcomes).map((key) => ({ key, weight: 1 }));
  const pool = new UpstreamPool<Upstream>(upstreams, { ...DEFAULT_POOL, ...options }, () => 0);
  const dialled: string[] = [];
  const dial: Dial<Upstream, string> = async ({ key }) => {
    dialled.push(key);
    const outcome = outcomes[key];
    if (outcome instanceof Error) throw outcome;
    return outcome instanceof Rejected ? outcome : `socket to ${key}`;
  };
  return {
    dialled,
    open: (now = 0, mayRepeat?: boolean) => openUpstream(pool, { kind: 'none' }, dial, () => now, mayRepeat),
  };
}

it('opens a connection to the upstream that is chosen', async () => {
  const { open, dialled } = scene({ a: 'open', b: 'open' });
  expect(await open()).toMatchObject({ connection: 'socket to a', lease: { upstream: { key: 'a' } } });
  expect(dialled).toEqual(['a']);
});

it('tries another one where that one fails, and leaves the failed one out', async () => {
  const { open, dialled } = scene({ a: UNREACHABLE, b: 'open' });
  expect(await open()).toMatchObject({ connection: 'socket to b' });
  expect(await open(999)).toMatchObject({ connection: 'socket to b' });
  expect(dialled).toEqual(['a', 'b', 'b']);
});

it('tries no other one where that may not be repeated', async () => {
  const { open, dialled } = scene({ a: UNREACHABLE, b: 'open' });
  expect(await open(0, false)).toBe(UNREACHABLE);
  expect(await open(1, false)).toMatchObject({ connection: 'socket to b' });
  expect(dialled).toEqual(['a', 'b']);
});

it('tries no third one', async () => {
  const { open, dialled } = scene({ a: UNREACHABLE, b: TIMEOUT, c: 'open' });
  expect(await open()).toBe(TIMEOUT);
  expect(dialled).toEqual(['a', 'b']);
});

it('says how the only one failed, and then that nobody is there', async () => {
  const { open, dialled } = scene({ a: TIMEOUT });
  expect(await open()).toBe(TIMEOUT);
  expect(await open(1)).toEqual(new Rejected('ERR_UPSTREAMS_UNAVAILABLE', { 'Retry-After': '1' }));
  expect(dialled).toEqual(['a']);
});

it('takes an upstream in again that a connection could be opened to', async () => {
  const outcomes: Record<string, Rejected | 'open'> = { a: TIMEOUT };
  const { open } = scene(outcomes);
  await open();
  outcomes.a = 'open';
  expect(await open(1000)).toMatchObject({ connection: 'socket to a' });
  expect(await open(1000)).toMatchObject({ connection: 'socket to a' });
});

it('holds a place while the connection lasts, and none for one that failed', async () => {
  const { open } = scene({ a: UNREACHABLE, b: 'open' }, { maxConnections: 1, disableMs: 1 });
  const opened = await open();
  // `a` has a place to be tried again, and `b` has none.
  expect(await open(1)).toBe(UNREACHABLE);
  if (opened instanceof Rejected) throw new Error('It was to open');
  opened.lease.release();
  expect(await open(1)).toMatchObject({ connection: 'socket to b' });
});

it('blames no upstream for an exception, gives its place back and passes it on', async () => {
  const gone = new Error('The client has gone');
  const { open, dialled } = scene({ a: gone }, { maxConnections: 1 });
  await expect(open()).rejects.toBe(gone);
  await expect(open()).rejects.toBe(gone);
  expect(dialled).toEqual(['a', 'a']);
});
