import { describe, expect, it } from 'vitest';
import { type Method, parseParams } from '../../../../src/protocols/centrifugo/codec.ts';

const MAX = Number.MAX_SAFE_INTEGER;

describe('what a command carries', () => {
  const since = { offset: 0, epoch: '' };
  const subscription = {
    channel: 'a',
    token: '',
    recover: false,
    recoverable: false,
    positioned: false,
    join_leave: false,
    delta: '',
    ...since,
    flag: 0,
  };

  it.each<[Method, object, object]>([
    ['connect', {}, { token: '', subs: {} }],
    [
      'connect',
      { token: 'x', data: {}, subs: { a: { recover: true, offset: 7, epoch: 'e' }, b: {} } },
      { token: 'x', subs: { a: { recover: true, offset: 7, epoch: 'e' }, b: { recover: false, ...since } } },
    ],
    ['subscribe', { channel: 'a' }, subscription],
    [
      'subscribe',
      { channel: 'a', token: 't', join_leave: true, delta: 'fossil' },
      { ...subscription, token: 't', join_leave: true, delta: 'fossil' },
    ],
    ['subscribe', { channel: 'a', recover: true, offset: MAX }, { ...subscription, recover: true, offset: MAX }],
    ['refresh', { token: 't' }, { token: 't' }],
    ['sub_refresh', { channel: 'a', token: 't' }, { channel: 'a', token: 't' }],
    ['unsubscribe', { channel: 'a' }, { channel: 'a' }],
    ['publish', { channel: 'a', data: null }, { channel: 'a', data: null }],
    ['publish', { channel: 'a', data: [1, { b: '' }] }, { channel: 'a', data: [1, { b: '' }] }],
    ['presence', { channel: 'a' }, { channel: 'a' }],
    ['presence_stats', { channel: 'a' }, { channel: 'a' }],
    ['history', { channel: 'a' }, { channel: 'a', limit: 0, reverse: false }],
    ['history', { channel: 'a', since: {} }, { channel: 'a', limit: 0, reverse: false, since }],
    ['history', { channel: 'a', limit: -1, reverse: true }, { channel: 'a', limit: -1, reverse: true }],
  ])('of %s: %j', (method, given, params) => {
    expect(parseParams(method, given)).toEqual(params);
  });

  const channels = ['subscribe', 'unsubscribe', 'publish', 'presence', 'presence_stats', 'history'] as const;
  it.each(channels)('of %s is a channel of 1 to 255 characters', (method) => {
    const isGood = (channel: unknown) => parseParams(method, { channel, data: 1 }) !== null;
    for (const channel of ['a', 'é:🙂', 'a b\n"', '__proto__', 'x'.repeat(255)]) expect(isGood(channel)).toBe(true);
    for (const channel of ['', 'x'.repeat(256), 7, null, undefined, ['a'], {}]) expect(isGood(channel)).toBe(false);
  });

  it.each([-1, 0.5, MAX + 1, Number.POSITIVE_INFINITY, '1', null])('is no place at %j', (offset) => {
    expect(parseParams('subscribe', { channel: 'a', offset })).toBeNull();
    expect(parseParams('history', { channel: 'a', since: { offset } })).toBeNull();
  });

  it.each<[Method, object]>([
    ['subscribe', { recover: 1 }],
    ['subscribe', { epoch: 7 }],
    ['subscribe', { flag: '2' }],
    ['subscribe', { delta: true }],
    ['subscribe', { delta: null }],
    ['history', { limit: 0.5 }],
    ['history', { limit: '1' }],
    ['history', { since: 5 }],
    ['history', { since: { epoch: null } }],
    ['history', { reverse: 'yes' }],
  ])('of %s is not %j', (method, given) => {
    expect(parseParams(method, { channel: 'a', ...given })).toBeNull();
  });

  it.each([null, undefined, 7, 'connect', true])('is never %j', (params) => {
    expect(parseParams('connect', params)).toBeNull();
    expect(parseParams('subscribe', params)).toBeNull();
  });
});
