import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTIONS } from '../../../src/config/auth.ts';
import { canonicalName, EVERYTHING, grantsIn, may } from '../../../src/config/permissions.ts';
import { roomName } from '../../../src/upgrade/room-name.ts';
import { encodeSegment } from '../../../src/util/text.ts';

const RUNS = { numRuns: 300, seed: 1 };

describe('the canonical name', () => {
  it.each([
    ['lobby', 'lobby'],
    ['games/lobby', 'games/lobby'],
    ['a b', 'a%20b'],
    ['a%20b', 'a%20b'],
    ['café', 'caf%C3%A9'],
    ['caf%c3%a9', 'caf%C3%A9'],
    ['%6Cobby', '%6Cobby'],
    ['a*', 'a%2A'],
    ['a%2fb', 'a%2Fb'],
    ['a%252Fb', 'a%252Fb'],
    ['100%', '100%25'],
    ['%ff', '%FF'],
    ['100%/a%20b', '100%25/a%20b'],
    ['', ''],
    ['/a//', '/a//'],
    ['\ud800', '%EF%BF%BD'],
  ])('of %j is %j', (name, canonical) => {
    expect(canonicalName(name)).toBe(canonical);
  });

  it('of a canonical name is that name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const name = encodeSegment(text);
        expect(canonicalName(name)).toBe(name);
      }),
      RUNS,
    );
  });

  it('is the one that an upgrade with the same parameter leads to', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', '/', '%', 'é', ' ', ':', '~', '👋'),
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(name, (text) => {
        const raw = encodeURIComponent(text);
        expect(canonicalName(raw)).toBe(roomName(':room', { room: raw }));
      }),
      RUNS,
    );
  });
});

describe('the grants in a room', () => {
  const allow = ['publish'] as const;

  it.each([
    ['a permission for it', [{ room: 'a', allow }], 'a'],
    ['a permission for every room', [{ room: '*', allow }], 'a/b%2Fc'],
    ['a permission that names no room', [{ allow }], 'a'],
    ['a pattern', [{ room: 'games/*', allow }], 'games/a'],
    ['a name in another spelling', [{ room: 'caf%c3%a9', allow }], 'caf%C3%A9'],
    ['a name as text', [{ room: 'café 1', allow }], 'caf%C3%A9%201'],
    ['a pattern as text', [{ room: 'café *', allow }], 'caf%C3%A9%201'],
    ['an escaped * in a name', [{ room: 'a%2a', allow }], 'a%2A'],
    ['a slash within a segment', [{ room: 'a%2Fb', allow }], 'a%2Fb'],
  ])('are there for %s', (_, permissions, room) => {
    expect(grantsIn(permissions, room)).toEqual([{ channel: '*', allow }]);
  });

  it.each([
    ['no permissions', [], 'a'],
    ['a permission for another room', [{ room: 'b', allow }], 'a'],
    ['a permission in another case', [{ room: 'A', allow }], 'a'],
    ['a pattern that takes others', [{ room: 'games/*', allow }], 'games'],
    ['a slash between segments where the room has it within one', [{ room: 'a/b', allow }], 'a%2Fb'],
    ['a slash within a segment where the room has it between two', [{ room: 'a%2Fb', allow }], 'a/b'],
    ['a permission that allows nothing', [{ room: 'a', allow: [] }], 'a'],
    ['an empty pattern', [{ room: '', allow }], 'a'],
    ['a letter that is escaped without need', [{ room: '%61', allow }], 'a'],
    ['an escaped *, which is no wildcard', [{ room: 'a%2A', allow }], 'ab'],
  ])('are not there for %s', (_, permissions, room) => {
    expect(grantsIn(permissions, room)).toBeNull();
  });

  it('are those of every permission that fits, and of no other', () => {
    const permissions = [
      { room: 'a', channel: 'news', allow: ['subscribe'] as const },
      { room: 'b', channel: 'news', allow: ACTIONS },
      { room: '*', channel: 'chat', allow },
      { room: 'a', allow: [] },
    ];
    expect(grantsIn(permissions, 'a')).toEqual([
      { channel: 'news', allow: ['subscribe'] },
      { channel: 'chat', allow: ['publish'] },
    ]);
  });

  it('are all of them for somebody who did not have to say who they are', () => {
    expect(grantsIn(EVERYTHING, 'a/b')).toEqual([{ channel: '*', allow: ACTIONS }]);
  });
});

describe('a member may', () => {
  const grants = [
    { channel: 'news', allow: ['subscribe'] },
    { channel: 'chat:*', allow: ['subscribe', 'publish'] },
    { channel: 'chat:1', allow: ['history'] },
  ] as const;

  it.each([
    ['subscribe', 'news', true],
    ['publish', 'news', false],
    ['subscribe', 'newsroom', false],
    ['publish', 'chat:', true],
    ['publish', 'chat:1', true],
    ['history', 'chat:1', true],
    ['history', 'chat:2', false],
    ['presence', 'chat:1', false],
    ['subscribe', 'other', false],
  ] as const)('%s on %s: %s', (action, channel, expected) => {
    expect(may(grants, action, channel)).toBe(expected);
  });

  it.each(ACTIONS)('not %s without grants', (action) => {
    expect(may([], action, 'main')).toBe(false);
  });
});
