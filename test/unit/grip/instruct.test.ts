import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Hold, readInstruct } from '../../../src/grip/instruct.ts';

/** How an answer with these headers is held, or what is wrong with it. */
function hold(headers: Record<string, string>): Hold | null | string {
  const instruct = readInstruct(200, new Headers(headers));
  return typeof instruct === 'string' ? instruct : instruct.hold;
}

const A = { name: 'a', prevId: null };

describe('an answer', () => {
  it('without Grip-Hold is an ordinary one, whatever else it has', () => {
    expect(hold({})).toBeNull();
    expect(hold({ 'Grip-Channel': 'a', 'Grip-Timeout': 'x' })).toBeNull();
  });

  it.each<[Record<string, string>, Hold]>([
    [{}, { mode: 'response', channels: [A], timeoutMs: 55_000 }],
    [{ 'Grip-Timeout': '20' }, { mode: 'response', channels: [A], timeoutMs: 20_000 }],
    [{ 'Grip-Timeout': '5' }, { mode: 'response', channels: [A], timeoutMs: 5000 }],
    [{ 'Grip-Timeout': '4' }, { mode: 'response', channels: [A], timeoutMs: 5000 }],
    [{ 'Grip-Timeout': '0' }, { mode: 'response', channels: [A], timeoutMs: 5000 }],
    [{ 'Grip-Timeout': '999999999' }, { mode: 'response', channels: [A], timeoutMs: 86_400_000 }],
    [
      { 'Grip-Channel': 'a; prev-id=5, "b, c"; prev-id="x"' },
      {
        mode: 'response',
        channels: [
          { name: 'a', prevId: '5' },
          { name: 'b, c', prevId: 'x' },
        ],
        timeoutMs: 55_000,
      },
    ],
    [{ 'Grip-Keep-Alive': 'nonsense; format=x' }, { mode: 'response', channels: [A], timeoutMs: 55_000 }],
  ])('of %j is held until something is published', (headers, expected) => {
    expect(hold({ 'Grip-Hold': 'response', 'Grip-Channel': 'a', ...headers })).toEqual(expected);
  });

  it.each<[string | null, string | null, 'idle' | 'interval', number]>([
    [null, null, 'idle', 0],
    ['ping', 'ping', 'idle', 55_000],
    ['\\n; format=cstring; timeout=20', '\n', 'idle', 20_000],
    ['\\r\\t\\\\\\x41; format=cstring', '\r\t\\A', 'idle', 55_000],
    ['\\xff; format=cstring', '\xff', 'idle', 55_000],
    ['\\n; format=raw', '\\n', 'idle', 55_000],
    ['AP8=; format=base64; timeout=7; mode=interval', '\0\xff', 'interval', 7000],
    ['x; mode=idle', 'x', 'idle', 55_000],
    ['":\\n"', ':n', 'idle', 55_000],
  ])('with the keep-alive %j is a stream', (header, data, mode, intervalMs) => {
    const bytes = Uint8Array.from(data ?? '', (char) => char.charCodeAt(0));
    expect(
      hold({ 'Grip-Hold': 'stream', 'Grip-Channel': 'a', ...(header === null ? {} : { 'Grip-Keep-Alive': header }) }),
    ).toEqual({ mode: 'stream', channels: [A], keepAlive: data === null ? null : { data: bytes, mode, intervalMs } });
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ 'Grip-Hold': '' }, /^Grip-Hold /],
    [{ 'Grip-Hold': 'Stream' }, /^Grip-Hold /],
    [{ 'Grip-Hold': 'response' }, /^Grip-Channel /],
    [{ 'Grip-Hold': 'stream', 'Grip-Channel': '' }, /^Grip-Channel /],
    [{ 'Grip-Hold': 'stream', 'Grip-Channel': ',' }, /^Grip-Channel /],
    [{ 'Grip-Hold': 'stream', 'Grip-Channel': 'a; prev-id="' }, /^Grip-Channel /],
    [{ 'Grip-Hold': 'stream', 'Grip-Channel': 'a; filter=skip-self' }, /^Grip-Channel has a filter/],
    [{ 'Grip-Hold': 'response', 'Grip-Channel': 'a', 'Grip-Timeout': '-1' }, /^Grip-Timeout /],
    [{ 'Grip-Hold': 'response', 'Grip-Channel': 'a', 'Grip-Timeout': '1.5' }, /^Grip-Timeout /],
    [{ 'Grip-Hold': 'response', 'Grip-Channel': 'a', 'Grip-Timeout': '' }, /^Grip-Timeout /],
    [{ 'Grip-Hold': 'stream', 'Grip-Channel': 'a', 'Grip-Keep-Alive': '' }, /^Grip-Keep-Alive /],
    [{ 'Grip-Hold': 'stream', 'Grip-Channel': 'a', 'Grip-Keep-Alive': 'x; timeout=0' }, /^Grip-Keep-Alive /],
    [{ 'Grip-Hold': 'stream', 'Grip-Channel': 'a', 'Grip-Keep-Alive': 'x; timeout=a' }, /^Grip-Keep-Alive /],
    [{ 'Grip-Hold': 'stream', 'Grip-Channel': 'a', 'Grip-Keep-Alive': 'x; format=hex' }, /^Grip-Keep-Alive /],
    [{ 'Grip-Hold': 'stream', 'Grip-Channel': 'a', 'Grip-Keep-Alive': '!; format=base64' }, /^Grip-Keep-Alive /],
    [{ 'Grip-Hold': 'stream', 'Grip-Channel': 'a', 'Grip-Keep-Alive': '\\q; format=cstring' }, /^Grip-Keep-Alive /],
    [{ 'Grip-Hold': 'stream', 'Grip-Channel': 'a', 'Grip-Keep-Alive': '\\x4; format=cstring' }, /^Grip-Keep-Alive /],
    [{ 'Grip-Hold': 'stream', 'Grip-Channel': 'a', 'Grip-Keep-Alive': 'x\\; format=cstring' }, /^Grip-Keep-Alive /],
    [{ 'Grip-Hold': 'stream', 'Grip-Channel': 'a', 'Grip-Keep-Alive': 'x; mode=never' }, /^Grip-Keep-Alive has a mode/],
    [{ 'Grip-Status': '99' }, /^Grip-Status /],
    [{ 'Grip-Status': '101' }, /^Grip-Status /],
    [{ 'Grip-Status': '600' }, /^Grip-Status /],
    [{ 'Grip-Status': '2000' }, /^Grip-Status /],
    [{ 'Grip-Status': '' }, /^Grip-Status /],
  ])('of %j is wrong', (headers, sentence) => {
    expect(hold(headers)).toMatch(sentence);
  });

  it.each([
    [null, 200],
    ['304', 304],
    ['404 Not Found', 404],
  ])('with Grip-Status %j has the status %j', (value, status) => {
    expect(readInstruct(200, new Headers(value === null ? {} : { 'Grip-Status': value }))).toMatchObject({ status });
  });

  it('keeps its headers to itself that are for the router, and shows those that are named', () => {
    const headers = {
      'Grip-Hold': 'stream',
      'Grip-Channel': 'a',
      'Content-Type': 'text/plain',
      'X-A': '1',
      'X-B': '2',
    };
    const shown = (more: object) => readInstruct(200, new Headers({ ...headers, ...more }));
    expect(shown({})).toMatchObject({
      headers: [
        ['x-a', '1'],
        ['x-b', '2'],
        ['content-type', 'text/plain'],
      ],
    });
    expect(shown({ 'Grip-Expose-Headers': 'X-B, Grip-Hold' })).toMatchObject({ headers: [['x-b', '2']] });
  });

  it('throws for nothing', () => {
    const value = fc.array(
      fc.constantFrom('a', '"', '\\', ';', ',', '=', ' ', 'x', '5', 'timeout', 'format', 'cstring'),
    );
    const fields = fc.tuple(value, value, value, value).map((values) => values.map((parts) => parts.join('')));
    fc.assert(
      fc.property(fields, ([channel = '', timeout = '', keepAlive = '', status = '']) => {
        const given = {
          'Grip-Channel': channel,
          'Grip-Timeout': timeout,
          'Grip-Keep-Alive': keepAlive,
          'Grip-Status': status,
        };
        for (const mode of ['response', 'stream']) expect(hold({ 'Grip-Hold': mode, ...given })).not.toBeNull();
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});
