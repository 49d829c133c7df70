import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PublishItem, parsePublish } from '../../../src/grip/formats.ts';

const EMPTY: PublishItem = {
  channel: 'a',
  id: null,
  prevId: null,
  webSocket: null,
  httpStream: null,
  httpResponse: null,
};

/** What one item with these formats comes to. */
function read(formats: object, item: object = {}): PublishItem | string | undefined {
  const items = parsePublish({ items: [{ channel: 'a', formats, ...item }] });
  return typeof items === 'string' ? items : items[0];
}

const bytes = (...values: number[]) => Uint8Array.from(values);

describe('what is for WebSocket clients', () => {
  it.each<[object, PublishItem['webSocket']]>([
    [{ content: 'hello' }, { action: 'send', message: 'hello' }],
    [{ content: '' }, { action: 'send', message: '' }],
    [
      { action: 'send', content: 'a' },
      { action: 'send', message: 'a' },
    ],
    [{ 'content-bin': 'AP8=' }, { action: 'send', message: bytes(0, 255) }],
    [{ 'content-bin': '' }, { action: 'send', message: bytes() }],
    [
      { content: 'a', 'content-bin': 'Yg==' },
      { action: 'send', message: bytes(98) },
    ],
    [
      { content: 'a', type: 'binary' },
      { action: 'send', message: bytes(97) },
    ],
    [
      { 'content-bin': 'YQ==', type: 'text' },
      { action: 'send', message: 'a' },
    ],
    [
      { content: 'a', 'content-filters': [] },
      { action: 'send', message: 'a' },
    ],
    [{ action: 'close' }, { action: 'close', code: null, reason: '' }],
    [
      { action: 'close', code: 4001, reason: 'bye' },
      { action: 'close', code: 4001, reason: 'bye' },
    ],
    [
      { action: 'close', code: '4001' },
      { action: 'close', code: 4001, reason: '' },
    ],
    [
      { action: 'close', code: 0 },
      { action: 'close', code: 0, reason: '' },
    ],
    [{ action: 'refresh' }, { action: 'refresh' }],
    [{ action: 'hint' }, null],
    [{ type: 'ping' }, null],
    [{ type: 'pong', content: 'a' }, null],
  ])('%j is read', (format, webSocket) => {
    expect(read({ 'ws-message': format })).toEqual({ ...EMPTY, webSocket });
  });

  it.each([
    {},
    { action: 'send' },
    { type: 'text' },
    { content: 1 },
    { content: null },
    { 'content-bin': '!' },
    { 'content-bin': 1 },
    { action: 'fly', content: 'a' },
    { content: 'a', type: 'file' },
    { action: 'close', code: -1 },
    { action: 'close', code: 65_536 },
    { action: 'close', code: 1.5 },
    { action: 'close', code: 'x' },
    { action: 'close', reason: 1 },
    'a',
    null,
  ])('%j is refused', (format) => {
    expect(read({ 'ws-message': format })).toMatch(/^Invalid format: items\.0\.formats\.ws-message/);
  });
});

describe('what is for HTTP streams', () => {
  it.each<[object, PublishItem['httpStream']]>([
    [{ content: 'line\n' }, { action: 'send', content: 'line\n' }],
    [{ 'content-bin': 'AA==' }, { action: 'send', content: bytes(0) }],
    [{ action: 'close', content: '' }, { action: 'close' }],
    [{ action: 'close' }, { action: 'close' }],
    [{ action: 'hint' }, null],
    [{ action: 'refresh' }, null],
  ])('%j is read', (format, httpStream) => {
    expect(read({ 'http-stream': format })).toEqual({ ...EMPTY, httpStream });
  });

  it.each([{}, { content: 1 }, { 'content-bin': 'a' }, { action: 'stop' }, []])('%j is refused', (format) => {
    expect(read({ 'http-stream': format })).toMatch(/^Invalid format: items\.0\.formats\.http-stream/);
  });
});

describe('what is for HTTP requests', () => {
  it.each<[object, PublishItem['httpResponse']]>([
    [{ body: 'a' }, { status: 200, headers: [], body: 'a' }],
    [{ body: '' }, { status: 200, headers: [], body: '' }],
    [
      { 'body-bin': '/w==', body: 'a' },
      { status: 200, headers: [], body: bytes(255) },
    ],
    [
      { code: 404, reason: 'Gone fishing', body: 'a' },
      { status: 404, headers: [], body: 'a' },
    ],
    [
      { code: '202', body: 'a' },
      { status: 202, headers: [], body: 'a' },
    ],
    [
      { headers: { 'X-A': 'b' }, body: 'a' },
      { status: 200, headers: [['X-A', 'b']], body: 'a' },
    ],
    [
      {
        headers: [
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
        ],
        body: 'a',
      },
      {
        status: 200,
        headers: [
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
        ],
        body: 'a',
      },
    ],
    [{ action: 'hint' }, null],
  ])('%j is read', (format, httpResponse) => {
    expect(read({ 'http-response': format })).toEqual({ ...EMPTY, httpResponse });
  });

  it.each([
    {},
    { body: 1 },
    { 'body-bin': '!' },
    { 'body-patch': [] },
    { code: 101, body: 'a' },
    { code: 600, body: 'a' },
    { code: null, body: 'a' },
    { headers: { 'X A': 'b' }, body: 'a' },
    { headers: { 'X-A': 'b\r\nX-B: c' }, body: 'a' },
    { headers: { 'X-A': '\0' }, body: 'a' },
    { headers: { 'X-A': '\u0100' }, body: 'a' },
    { headers: { 'X-A': 1 }, body: 'a' },
    { headers: [['X-A']], body: 'a' },
    { headers: [['', 'b']], body: 'a' },
    { headers: 'X-A: b', body: 'a' },
  ])('%j is refused', (format) => {
    expect(read({ 'http-response': format })).toMatch(/^Invalid format: items\.0\.formats\.http-response/);
  });
});

describe('an item', () => {
  it('may have all formats, and an id and the one before it', () => {
    const formats = { 'ws-message': { content: 'w' }, 'http-stream': { content: 's' }, 'http-response': { body: 'r' } };
    const item: PublishItem = {
      channel: 'a',
      id: '2',
      prevId: '1',
      webSocket: { action: 'send', message: 'w' },
      httpStream: { action: 'send', content: 's' },
      httpResponse: { status: 200, headers: [], body: 'r' },
    };
    expect(read(formats, { id: '2', 'prev-id': '1' })).toEqual(item);
    expect(parsePublish({ items: [{ channel: 'a', id: '2', 'prev-id': '1', ...formats }] })).toEqual([item]);
  });

  it('may have formats that are not known, beside one that is', () => {
    expect(read({ 'ws-message': { content: 'a' }, 'xmpp-stanza': 1 })).toMatchObject({ webSocket: { message: 'a' } });
  });

  it.each([
    null,
    'a',
    [],
    {},
    { items: null },
    { items: {} },
    { items: [null] },
    { items: [{}] },
    { items: [{ channel: 'a' }] },
    { items: [{ channel: 'a', formats: {} }] },
    { items: [{ channel: 'a', formats: [] }] },
    { items: [{ channel: 'a', formats: { 'xmpp-stanza': {} } }] },
    { items: [{ formats: { 'ws-message': { content: 'a' } } }] },
    { items: [{ channel: '', formats: { 'ws-message': { content: 'a' } } }] },
    { items: [{ channel: 1, formats: { 'ws-message': { content: 'a' } } }] },
    { items: [{ channel: 'a', id: 1, formats: { 'ws-message': { content: 'a' } } }] },
    { items: [{ channel: 'a', 'prev-id': 1, formats: { 'ws-message': { content: 'a' } } }] },
  ])('of %j is refused', (body) => {
    expect(parsePublish(body)).toMatch(/^Invalid format: /);
  });

  it('that is bad spoils the good ones', () => {
    const good = { channel: 'a', formats: { 'ws-message': { content: 'a' } } };
    expect(parsePublish({ items: [good, { ...good, channel: 2 }] })).toMatch(/^Invalid format: items\.1\.channel/);
  });

  it('is one of a thousand at most', () => {
    const items = Array.from({ length: 1001 }, () => ({ channel: 'a', 'ws-message': { content: '' } }));
    expect(parsePublish({ items: items.slice(1) })).toHaveLength(1000);
    expect(parsePublish({ items })).toMatch(/^Invalid format: items/);
  });

  it('may be anything at all without a throw', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (formats, whole) => {
        expect(['string', 'object']).toContain(typeof read(formats as object));
        expect(typeof parsePublish(whole)).toBe('string');
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});
