import { describe, expect, it } from 'vitest';
import {
  answerHeaders,
  applyMeta,
  chosenSubprotocol,
  clientHeaders,
  fieldBytes,
  type HeaderFields,
  keepAliveInterval,
  messagePrefix,
  proxiedHeaders,
  replayedHeaders,
  requestHeaders,
} from '../../../src/grip/headers.ts';

const MAX = 8192;

/** The names of what is replayed of an upgrade with these headers. */
function replayed(headers: HeadersInit, max = MAX): string[] | null {
  return replayedHeaders(new Headers(headers), max)?.map(([name]) => name) ?? null;
}

describe('the headers of an upgrade', () => {
  it.each(['Authorization', 'Cookie', 'Origin', 'User-Agent', 'Accept-Language', 'X-Forwarded-For', 'X_Odd'])(
    'go with every request: %s',
    (name) => {
      expect(replayedHeaders(new Headers({ [name]: 'Value 1' }), MAX)).toEqual([[name.toLowerCase(), 'Value 1']]);
    },
  );

  it.each(['Sec-WebSocket-Key', 'Sec-WebSocket-Version', 'Sec-WebSocket-Protocol'])(
    'go with every request: %s',
    (name) => {
      expect(replayed({ [name]: 'a' })).toEqual([name.toLowerCase()]);
    },
  );

  it.each([
    'Connection-Id',
    'Connection_Id',
    'Meta-User',
    'META-USER',
    'Meta_User',
    'Meta.User',
    'meta-',
    'Grip-Sig',
    'Grip_Sig',
    'Grip~Sig',
    'Grip-Feature',
    'Grip-Hold',
    'Accept',
    'Accept-Encoding',
    'Content-Type',
    'Content-Length',
    'Content-Encoding',
    'Transfer-Encoding',
    'Expect',
    'Host',
    'Connection',
    'Keep-Alive',
    'Upgrade',
    'TE',
    'Trailer',
    'Proxy-Authorization',
    'Sec-WebSocket-Extensions',
  ])('stay here: %s', (name) => {
    expect(replayed({ [name]: 'a', 'X-Other': 'b' })).toEqual(['x-other']);
  });

  it('stay here where Connection names them', () => {
    expect(replayed({ Connection: 'Upgrade, X-Hop', 'X-Hop': '1', 'X-Other': '2' })).toEqual(['x-other']);
  });

  it('may take so many bytes and no more', () => {
    expect(replayed({ ab: 'cde' }, 5)).toEqual(['ab']);
    expect(replayed({ ab: 'cdef' }, 5)).toBeNull();
    expect(replayed({ ab: 'cdef', 'Meta-A': 'x'.repeat(100) }, 6)).toEqual(['ab']);
  });
});

describe('a request to the application server', () => {
  const state = { id: 'c1', headers: [['cookie', 'a=1']] as HeaderFields, meta: [['user', 'alice']] as HeaderFields };

  it('says which connection it is about, what is kept of it, and what the client said', () => {
    expect(Object.fromEntries(requestHeaders(state, 'a.b.c'))).toEqual({
      accept: 'application/websocket-events',
      'content-type': 'application/websocket-events',
      'connection-id': 'c1',
      cookie: 'a=1',
      'meta-user': 'alice',
      'grip-feature': 'status',
      'grip-sig': 'a.b.c',
      'sec-websocket-extensions': 'grip',
    });
  });

  it('is not signed without a key', () => {
    expect(requestHeaders(state, null).has('Grip-Sig')).toBe(false);
  });
});

describe('a plain request', () => {
  it('goes on as it is, but for what only the router says', () => {
    const headers = {
      Accept: 'text/html',
      'Content-Type': 'text/plain',
      'Grip-Sig': 'forged',
      Meta_User: 'x',
      'Connection-Id': 'y',
    };
    expect(Object.fromEntries(proxiedHeaders(new Headers(headers), 'a.b.c'))).toEqual({
      accept: 'text/html',
      'content-type': 'text/plain',
      'grip-feature': 'status',
      'grip-sig': 'a.b.c',
    });
  });

  it('keeps what describes its body, and loses what is about the hop', () => {
    const headers = {
      'Content-Encoding': 'gzip',
      'Content-Length': '5',
      Connection: 'x-hop',
      'X-Hop': '1',
      TE: 'gzip',
    };
    const names = [...proxiedHeaders(new Headers(headers), null)].map(([name]) => name);
    expect(names).toEqual(['content-encoding', 'content-length', 'grip-feature']);
  });
});

describe('meta', () => {
  const before: HeaderFields = [
    ['user', 'alice'],
    ['tab', '1'],
  ];

  it.each<[Record<string, string>, HeaderFields]>([
    [{}, before],
    [
      { 'Set-Meta-User': 'bob' },
      [
        ['tab', '1'],
        ['user', 'bob'],
      ],
    ],
    [{ 'Set-Meta-User': '' }, [['tab', '1']]],
    [{ 'Set-Meta-New': 'a b' }, [...before, ['new', 'a b']]],
    [{ 'Set-Meta-Gone': '' }, before],
    [{ 'Set-Meta-': 'x' }, before],
    [{ 'Set-Meta-__proto__': 'x' }, [...before, ['__proto__', 'x']]],
    [{ 'Meta-User': 'bob' }, before],
  ])('after %j', (headers, after) => {
    expect(applyMeta(before, new Headers(headers))).toEqual(after);
  });

  it('is measured by its names and values', () => {
    expect(fieldBytes([])).toBe(0);
    expect(fieldBytes(before)).toBe('useralicetab1'.length);
  });
});

describe('the interval of keep-alives', () => {
  it.each<[string | null, number | null, number | null]>([
    [null, null, null],
    [null, 30_000, 30_000],
    ['20', null, 20_000],
    ['19', null, 20_000],
    ['1', null, 20_000],
    ['21', 30_000, 21_000],
    ['3600', null, 3_600_000],
    ['+25', null, 25_000],
    ['2147483647', null, 2_147_483_647_000],
    ['2147483648', 30_000, null],
    ['9'.repeat(400), 30_000, null],
    ['0', 30_000, null],
    ['-5', 30_000, null],
    ['', 30_000, null],
    ['30s', 30_000, null],
    ['0x20', 30_000, null],
    ['25.5', 30_000, null],
    ['25, 30', 30_000, null],
  ])('is for %j after %j: %j', (value, before, after) => {
    const headers = new Headers(value === null ? {} : { 'Keep-Alive-Interval': value });
    expect(keepAliveInterval(headers, before, 20)).toBe(after);
  });

  it('may have another lower bound', () => {
    expect(keepAliveInterval(new Headers({ 'Keep-Alive-Interval': '4' }), null, 5)).toBe(5000);
  });
});

describe('the prefix of messages', () => {
  it.each<[string, string | null]>([
    ['grip', 'm:'],
    ['grip; message-prefix=""', ''],
    ['grip; message-prefix=', ''],
    ['grip; message-prefix="a, b; c"', 'a, b; c'],
    ['grip;message-prefix=x', 'x'],
    ['grip; Message-Prefix="x"', 'x'],
    ['grip; other=1', 'm:'],
    ['permessage-deflate; client_max_window_bits, grip; message-prefix="x"', 'x'],
    ['', null],
    ['permessage-deflate', null],
    ['gripped', null],
    ['x; y="grip"', null],
    ['grip; message-prefix="', null],
  ])('is for %j: %j', (extensions, prefix) => {
    expect(messagePrefix(new Headers({ 'Sec-WebSocket-Extensions': extensions }))).toBe(prefix);
  });

  it('is none without extensions', () => {
    expect(messagePrefix(new Headers())).toBeNull();
  });
});

describe('the chosen subprotocol', () => {
  it.each<[string | null, string | null, string | null | undefined]>([
    ['a, b', 'b', 'b'],
    ['a', null, null],
    [null, null, null],
    [null, 'a', undefined],
    ['a, b', 'c', undefined],
    ['a, b', 'A', undefined],
    ['a, b', 'a, b', undefined],
    ['a, b', '', undefined],
    ['a,, b', '', undefined],
  ])('of %j is %j: %j', (offered, chosen, expected) => {
    const offer: HeaderFields = offered === null ? [] : [['sec-websocket-protocol', offered]];
    const headers = new Headers(chosen === null ? {} : { 'Sec-WebSocket-Protocol': chosen });
    expect(chosenSubprotocol(headers, offer)).toBe(expected);
  });
});

describe('the headers of a response', () => {
  const headers = new Headers({
    'X-App': '1',
    'Content-Type': 'text/plain',
    'Content-Length': '5',
    'Content-Encoding': 'gzip',
    'Transfer-Encoding': 'chunked',
    Connection: 'X-Hop',
    'X-Hop': '1',
    'Keep-Alive-Interval': '20',
    'Set-Meta-User': 'alice',
    'Grip-Hold': 'stream',
    'Sec-WebSocket-Extensions': 'grip',
    'Sec-WebSocket-Protocol': 'a',
    'Sec-WebSocket-Accept': 'b',
  });
  headers.append('Set-Cookie', 'a=1');
  headers.append('Set-Cookie', 'b=2');

  it('are for the client, but for those for the router', () => {
    expect(clientHeaders(headers)).toEqual([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['x-app', '1'],
    ]);
  });

  it('tell the type of the body where the client gets it', () => {
    expect(answerHeaders(headers)).toEqual([...clientHeaders(headers), ['content-type', 'text/plain']]);
    expect(answerHeaders(new Headers())).toEqual([]);
  });
});
