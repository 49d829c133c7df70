import { describe, expect, it } from 'vitest';
import { frame, join, readClose } from '../support/hostile-frames.ts';
import {
  ask,
  askAfter,
  IN_STEP,
  isClosed,
  lastWords,
  openWith,
  readSafeAnswer,
  upgradeTo,
  verdict,
} from '../support/hostile-http.ts';
import { router, setUpNeighbours } from '../support/hostile-neighbours.ts';
import { GOOD_UPGRADE, requestHead } from '../support/raw-socket.ts';

const ROOM = '/rooms/requests';
const HOST = 'Host: chat.example.com';

setUpNeighbours(ROOM);

/** A request that must never be answered: it stands where a body stands. Its own answer would be 426. */
const SMUGGLED = requestHead(`GET ${ROOM} HTTP/1.1`, [HOST, 'Authorization: Bearer stolen']);
const CHUNKED = `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`;

describe('a body on an upgrade', () => {
  const length = `Content-Length: ${SMUGGLED.length}`;
  const chunked = 'Transfer-Encoding: chunked';

  it.each<[string, string, string]>([
    ['as long as it says', upgradeTo(ROOM, [length]) + SMUGGLED, '400 ERR_UPGRADE_WITH_BODY'],
    ['in chunks', upgradeTo(ROOM, [chunked]) + CHUNKED, '400 ERR_UPGRADE_WITH_BODY'],
    [
      'in chunks, of another case',
      upgradeTo(ROOM, ['TRANSFER-ENCODING: ChunKED']) + CHUNKED,
      '400 ERR_UPGRADE_WITH_BODY',
    ],
    [
      'in compressed chunks',
      upgradeTo(ROOM, ['Transfer-Encoding: gzip, chunked']) + CHUNKED,
      '400 ERR_UPGRADE_WITH_BODY',
    ],
    ['whose length is there twice', upgradeTo(ROOM, [length, length]) + SMUGGLED, '400 ERR_UPGRADE_WITH_BODY'],
    [
      'with trailers that would be another Origin',
      `${upgradeTo(ROOM, [chunked, 'Trailer: Origin'])}0\r\nOrigin: https://evil.example\r\n\r\n`,
      '400 ERR_UPGRADE_WITH_BODY',
    ],
    [
      'of an unknown version',
      upgradeTo(ROOM, ['Sec-WebSocket-Version: 8', length], ['Sec-WebSocket-Version']) + SMUGGLED,
      '426 ERR_WEBSOCKET_VERSION',
    ],
    ['of another page', upgradeTo('/same/requests', [length]) + SMUGGLED, '400 ERR_UPGRADE_WITH_BODY'],
    ['to no route', upgradeTo('/no/route', [length]) + SMUGGLED, '404 ERR_NO_ROUTE'],
    [
      'that is a POST',
      requestHead(`POST ${ROOM} HTTP/1.1`, [...GOOD_UPGRADE, length]) + SMUGGLED,
      '405 ERR_METHOD_NOT_ALLOWED',
    ],
    ['for which somebody waits', upgradeTo(ROOM, [length, 'Expect: 100-continue']), '400 ERR_UPGRADE_WITH_BODY'],
  ])('%s is refused and never read as a request', async (_, request, refusal) => {
    const socket = await openWith(router, request);
    expect(verdict(await readSafeAnswer(socket))).toBe(refusal);
    expect(await askAfter(socket)).toBeOneOf(IN_STEP);
  });

  it.each<[string, string]>([
    ['with a length and in chunks', upgradeTo(ROOM, [length, chunked]) + CHUNKED],
    ['in chunks and with a length', upgradeTo(ROOM, [chunked, 'Content-Length: 3']) + CHUNKED],
    ['with a chunk whose size is no number', `${upgradeTo(ROOM, [chunked])}zz\r\n${SMUGGLED}`],
    ['with a chunk whose size ends in a line feed alone', `${upgradeTo(ROOM, [chunked])}0\n\n${SMUGGLED}`],
    [
      'with a chunk of more bytes than there are numbers',
      `${upgradeTo(ROOM, [chunked])}${'f'.repeat(17)}\r\n${SMUGGLED}`,
    ],
  ])('%s is refused, and the connection is closed with what follows unread', async (_, request) => {
    const socket = await openWith(router, request);
    expect(verdict(await readSafeAnswer(socket))).toBe('400 ERR_UPGRADE_WITH_BODY');
    expect(await isClosed(socket)).toBe(true);
  });

  it.each([
    ['Content-Length: 5', 'Content-Length: 6'],
    ['Content-Length: 5, 5'],
    ['Content-Length: +5'],
    ['Content-Length: -1'],
    ['Content-Length: 0x5'],
    ['Content-Length: 5 5'],
    ['Content-Length: 1e1'],
    ['Content-Length: 99999999999999999999'],
    ['Content-Length:'],
    ['Transfer-Encoding: identity'],
    ['Transfer-Encoding: xchunked'],
    ['Transfer-Encoding: "chunked"'],
    ['Transfer-Encoding: \vchunked'],
    ['Transfer-Encoding: chunked, gzip'],
    ['Transfer-Encoding : chunked'],
    ['Content-Length : 5'],
    ['Content-Length: 5', 'Transfer-Encoding:\r\n chunked'],
  ])('whose end is not clear is refused with 400, and the connection closed: %s %s', async (...lines) => {
    expect(
      await lastWords(
        router,
        upgradeTo(
          ROOM,
          lines.filter((line) => line !== undefined),
        ) + SMUGGLED,
      ),
    ).toBe(400);
  });

  it('of no bytes is none, however often it says so', async () => {
    expect(verdict(await ask(router, upgradeTo(ROOM, ['Content-Length: 0', 'Content-Length: 0'])))).toBe('101');
  });
});

describe('requests that come at once', () => {
  it('are answered in order, each by what it says itself', async () => {
    const socket = await openWith(
      router,
      [
        upgradeTo(ROOM, ['Origin: https://evil.example']),
        upgradeTo('/no/route'),
        requestHead(`GET ${ROOM} HTTP/1.1`, [HOST]),
        upgradeTo('/same/requests', ['Origin: http://chat.example.com'], ['Sec-WebSocket-Key']),
        upgradeTo(ROOM),
      ].join(''),
    );
    const verdicts = [];
    for (let i = 0; i < 5; i++) verdicts.push(verdict(await readSafeAnswer(socket)));
    expect(verdicts).toEqual([
      '403 ERR_ORIGIN_NOT_ALLOWED',
      '404 ERR_NO_ROUTE',
      '426 ERR_UPGRADE_REQUIRED',
      '400 ERR_WEBSOCKET_KEY',
      '101',
    ]);
    socket.destroy();
  });

  it('after an upgrade that is let through are frames, and broken ones', async () => {
    const socket = await openWith(
      router,
      upgradeTo(ROOM) + requestHead('GET / HTTP/1.1', [HOST, `X: ${'x'.repeat(200)}`]),
    );
    expect((await readSafeAnswer(socket)).status).toBe(101);
    expect((await readClose(socket)).code).toBe(1002);
    socket.destroy();
  });

  it('with a frame behind them that was sent too early are refused without it', async () => {
    const socket = await openWith(
      router,
      Buffer.concat([Buffer.from(upgradeTo('/no/route')), frame(0x81, 'too early')]),
    );
    expect(verdict(await readSafeAnswer(socket))).toBe('404 ERR_NO_ROUTE');
    expect((await readSafeAnswer(socket)).status).toBe(400);
    expect(await isClosed(socket)).toBe(true);
  });
});

describe('an upgrade to something else', () => {
  const SETTINGS = 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA';
  const others = (...lines: string[]) => upgradeTo(ROOM, lines, ['Upgrade', 'Connection']);

  it.each([
    ['HTTP/2', others('Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings', SETTINGS)],
    ['HTTP/2 or WebSocket', others('Upgrade: h2c, websocket', 'Connection: Upgrade, HTTP2-Settings', SETTINGS)],
    ['WebSocket or HTTP/2, in two lines', others('Upgrade: websocket', 'Upgrade: h2c', 'Connection: Upgrade')],
    ['WebSocket twice', others('Upgrade: websocket', 'Upgrade: websocket', 'Connection: Upgrade')],
    ['TLS', others('Upgrade: TLS/1.0', 'Connection: Upgrade')],
    ['a version of WebSocket', others('Upgrade: websocket/13', 'Connection: Upgrade')],
    ['a word that only looks like it', others('Upgrade: web\u017focket', 'Connection: Upgrade')],
  ])('is refused: to %s', async (_, request) => {
    expect(verdict(await ask(router, request))).toBe('426 ERR_UPGRADE_NOT_WEBSOCKET');
  });

  it('is not made of one to WebSocket by settings for HTTP/2', async () => {
    const request = others('Upgrade: websocket', 'Connection: Upgrade, HTTP2-Settings', SETTINGS);
    const socket = await openWith(router, request);
    expect((await readSafeAnswer(socket)).headers).toMatchObject({ upgrade: 'websocket', connection: 'Upgrade' });
    socket.write(frame(0x89, 'frames of WebSocket'));
    expect(await socket.readFrame()).toEqual({ first: 0x8a, payload: Buffer.from('frames of WebSocket') });
    socket.destroy();
  });

  it('is not tried where HTTP/2 is spoken without asking', async () => {
    const socket = await openWith(router, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
    expect(await isClosed(socket)).toBe(true);
  });

  it('ends with its own answer where the client speaks HTTP/1.0', async () => {
    const socket = await openWith(router, requestHead(`GET ${ROOM} HTTP/1.0`, GOOD_UPGRADE));
    await readSafeAnswer(socket);
    expect(await isClosed(socket)).toBe(true);
  });
});

describe('a header that is meant for the inside', () => {
  it('lets nobody write their own admission', async () => {
    const admission = {
      protocol: 'raw',
      subprotocol: 'owned',
      echo: true,
      grants: [{ channel: '*', allow: ['publish'] }],
    };
    const entry = encodeURIComponent(JSON.stringify({ admission, once: null }));
    const socket = await openWith(router, upgradeTo('/rooms/inside', [`Signalbox-Entry: ${entry}`]));
    const { status, headers } = await readSafeAnswer(socket);
    expect([status, Object.keys(headers).sort()]).toEqual([101, ['connection', 'sec-websocket-accept', 'upgrade']]);
    const other = await join(router, '/rooms/inside');
    socket.write(frame(0x81, 'mine'));
    expect(await other.readFrame()).toEqual({ first: 0x81, payload: Buffer.from('mine') });
    other.write(frame(0x81, 'yours'));
    expect(await socket.readFrame()).toEqual({ first: 0x81, payload: Buffer.from('yours') });
    socket.destroy();
    other.destroy();
  });

  it('does not say what an answer says', async () => {
    const lines = ['Signalbox-Error: ERR_INTERNAL', 'Origin: https://evil.example'];
    const { headers } = await ask(router, upgradeTo(ROOM, lines));
    expect(headers['signalbox-error']).toBe('ERR_ORIGIN_NOT_ALLOWED');
  });

  it('gives nobody another address than the one they come from', async () => {
    const verdicts = [];
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) {
      const lines = ['CF-Connecting-IP', 'X-Forwarded-For', 'X-Real-IP', 'True-Client-IP'].map(
        (name) => `${name}: ${address}`,
      );
      verdicts.push(verdict(await ask(router, upgradeTo(`/often/${address}`, lines))));
    }
    expect(verdicts).toEqual(['101', '101', '429 ERR_TOO_MANY_UPGRADES']);
  });
});
