import { describe, expect, it } from 'vitest';
import { ask, bytes, lastWords, upgradeTo, verdict } from '../support/hostile-http.ts';
import { router, setUpNeighbours } from '../support/hostile-neighbours.ts';
import { GOOD_UPGRADE, requestHead } from '../support/raw-socket.ts';

const ROOM = '/rooms/heads';

setUpNeighbours(ROOM);

describe('a request target', () => {
  it.each([
    ['rooms/heads', 400],
    ['', 400],
    ['@evil.example/rooms/heads', 400],
    ['\\rooms\\heads', 400],
    ['/rooms/a b', 400],
    ['/rooms/a\tb', 400],
    ['/rooms/a\0b', 400],
    ['/rooms/caf\xe9', 400],
  ])('that is none is answered by the runtime, which closes: "%s"', async (target, status) => {
    expect(await lastWords(router, bytes(requestHead(`GET ${target} HTTP/1.1`, GOOD_UPGRADE)))).toBe(status);
  });

  it.each([
    ['GET', '*'],
    ['OPTIONS', '*'],
    ['GET', 'chat.example.com:80'],
    ['GET', '/'],
    ['GET', '//rooms/heads'],
    ['GET', '//evil.example/rooms/heads'],
    ['GET', '/rooms//heads'],
    ['GET', '/./rooms/heads/'],
    ['GET', '/%3Cscript%3Ealert(1)%3C/script%3E'],
  ])('that no route takes is answered with 404 and not repeated: %s %s', async (method, target) => {
    const answer = await ask(router, requestHead(`${method} ${target} HTTP/1.1`, GOOD_UPGRADE));
    expect(verdict(answer)).toBe('404 ERR_NO_ROUTE');
    expect(answer.body).not.toContain('script');
  });

  it.each(['CONNECT chat.example.com:80', 'CONNECT 127.0.0.1:80', 'CONNECT /rooms/heads', 'CONNECT *'])(
    'opens no tunnel: %s',
    async (start) => {
      expect(await lastWords(router, requestHead(`${start} HTTP/1.1`, GOOD_UPGRADE))).toBe(500);
    },
  );

  it('that names another host than Host does goes by Host, for which pages are allowed too', async () => {
    const from = (origin: string) =>
      ask(router, requestHead('GET http://evil.example/same/heads HTTP/1.1', [...GOOD_UPGRADE, `Origin: ${origin}`]));
    expect(verdict(await from('http://evil.example'))).toBe('403 ERR_ORIGIN_NOT_ALLOWED');
    expect(verdict(await from('http://chat.example.com'))).toBe('101');
  });
});

describe('a method', () => {
  it.each([
    ['get', 501],
    ['Get', 501],
    ['WEBSOCKET', 501],
    ['A'.repeat(5000), 501],
    ['G@T', 400],
    ['GET\0', 400],
    [' GET', 400],
  ])('that is none is answered by the runtime, which closes: %s', async (method, status) => {
    expect(await lastWords(router, requestHead(`${method} ${ROOM} HTTP/1.1`, GOOD_UPGRADE))).toBe(status);
  });

  it.each(['TRACE', 'PATCH', 'PROPFIND', 'PURGE'])('other than GET opens no socket: %s', async (method) => {
    const answer = await ask(router, requestHead(`${method} ${ROOM} HTTP/1.1`, GOOD_UPGRADE));
    expect(verdict(answer)).toBe('405 ERR_METHOD_NOT_ALLOWED');
  });
});

describe('a Host header', () => {
  const withHosts = (...hosts: string[]) =>
    requestHead('GET /same/heads HTTP/1.1', [
      ...hosts.map((host) => `Host: ${host}`),
      ...GOOD_UPGRADE.slice(1),
      'Origin: http://chat.example.com',
    ]);

  it.each([[[]], [['']], [[' ']]])('that is missing is answered with 400: %j', async (hosts) => {
    expect(verdict(await ask(router, withHosts(...hosts)))).toBe('400');
  });

  it.each([
    [['chat.example.com', 'chat.example.com']],
    [['chat.example.com', 'evil.example']],
    [['evil.example', 'chat.example.com']],
    [['a b']],
    [['[::1']],
    [['::1']],
    [['chat.example.com:99999']],
    [['chat.example.com:http']],
    [['chat.example.com:80:80']],
    [['chat.example.com%2f.evil.example']],
    [['chat.example.com%00']],
    [['<script>']],
  ])('that is no host, or two, is answered with 400: %j', async (hosts) => {
    const answer = await ask(router, withHosts(...hosts));
    expect(verdict(answer)).toBe('400 ERR_BAD_REQUEST_TARGET');
    expect(answer.body).not.toContain('script>');
  });

  it.each([
    'chat.example.com.',
    'evil.example',
    'chat.example.com,evil.example',
    '127.0.0.1',
    'а.example',
    'a'.repeat(70_000),
  ])("of another host than the page's lets it open nothing: %s", async (host) => {
    expect(verdict(await ask(router, withHosts(host)))).toBe('403 ERR_ORIGIN_NOT_ALLOWED');
  });
});

describe('a line of a head', () => {
  const withLine = (line: string) => bytes(upgradeTo(ROOM, [line]));

  it.each([
    ['a name with a space', 'X Y: z'],
    ['a space before the colon', 'X-Y : z'],
    ['no colon', 'X-Y'],
    ['no name', ': z'],
    ['a name with a control character', 'X\x01Y: z'],
    ['a name that is not ASCII', 'X\xe9: z'],
    ['a name in quotes', '"X": z'],
    ['a fold', 'X: y\r\n z'],
    ['a fold with a tab', 'X: y\r\n\tz'],
    ['a null byte', 'X: y\0z'],
    ['a carriage return alone', 'X: y\rz'],
  ])('with %s is answered by the runtime with 400, which closes', async (_, line) => {
    expect(await lastWords(router, withLine(line))).toBe(400);
  });

  it('before the first header with white space in front is answered by the runtime with 400, which closes', async () => {
    expect(await lastWords(router, requestHead(`GET ${ROOM} HTTP/1.1`, [' X: y', ...GOOD_UPGRADE]))).toBe(400);
  });

  it.each([
    ['a control character', 'X: \x01'],
    ['bytes that are no text', 'X: \xe9\xff'],
    ['nothing', 'X:'],
  ])('may hold %s, which nobody looks at', async (_, line) => {
    expect(verdict(await ask(router, withLine(line)))).toBe('101');
  });

  it('means the same in any case, and after empty lines', async () => {
    const shouted = GOOD_UPGRADE.map((line) => line.replace(/^[^:]*/, (name) => name.toUpperCase()));
    const whispered = GOOD_UPGRADE.map((line) => line.replace(/^[^:]*/, (name) => name.toLowerCase()));
    expect(verdict(await ask(router, requestHead(`GET ${ROOM} HTTP/1.1`, shouted)))).toBe('101');
    expect(verdict(await ask(router, requestHead(`\r\n\r\nGET ${ROOM} HTTP/1.1`, whispered)))).toBe('101');
  });

  it.each([
    ['a space that does not break after it', 'upgrade\xa0'],
    ['a name that only begins with it', 'upgrades'],
    ['quotes around it', '"upgrade"'],
    ['a parameter', 'upgrade;q=1'],
  ])('that names the upgrade with %s does not name it', async (_, value) => {
    const request = bytes(upgradeTo(ROOM, [`Connection: ${value}`], ['Connection']));
    expect(verdict(await ask(router, request))).toBe('400 ERR_CONNECTION_HEADER');
  });
});

describe('a bomb', () => {
  it.each([
    ['a path of 64 KiB', `/rooms/${'a'.repeat(65_000)}`, '400 ERR_ROOM_NAME'],
    ['a path of 30,000 segments', `/rooms${'/a'.repeat(30_000)}`, '404 ERR_NO_ROUTE'],
    ['20,000 encoded characters', `/rooms/${'%61'.repeat(20_000)}`, '400 ERR_ROOM_NAME'],
    ['20,000 broken encodings', `/rooms/${'%c3'.repeat(20_000)}`, '400 ERR_ROOM_NAME'],
    ['a URL over 64 KiB', `${ROOM}?${'a'.repeat(66_000)}`, '414'],
    ['a URL of 256 KiB', `${ROOM}?${'a'.repeat(262_144)}`, '414'],
  ])('of %s is answered', async (_, target, answer) => {
    expect(verdict(await ask(router, upgradeTo(target)))).toBe(answer);
  });

  it.each([
    ['20,000 headers', Array.from({ length: 20_000 }, (_, index) => `X-Header-${index}: value`)],
    ['a header of 1 MiB', [`X: ${'x'.repeat(1 << 20)}`]],
    ['a name of 1 MiB', [`${'x'.repeat(1 << 20)}: y`]],
    ['cookies of 1 MiB', [`Cookie: ${'session=1; '.repeat(100_000)}`]],
    ['500 cookies of 4 KiB', Array<string>(500).fill(`Cookie: ${'c'.repeat(4096)}`)],
    ['1 MiB of subprotocols', [`Sec-WebSocket-Protocol: ${'protocol, '.repeat(100_000)}`]],
    ['1 MiB of Origin', [`Origin: ${'http://chat.example.com,'.repeat(40_000)}`]],
  ])('of %s is refused by the runtime, or the connection is closed', async (_, lines) => {
    // What is still on its way when the connection is closed may cost the client the answer.
    expect((await ask(router, upgradeTo(ROOM, lines))).status).toBeOneOf([431, Number.NaN]);
  });

  it.each([
    ['20,000 options of Connection', ['Connection: Upgrade', `Connection: ${'a, '.repeat(20_000)}a`], '101'],
    [
      '20,000 subprotocols',
      [`Sec-WebSocket-Protocol: ${Array.from({ length: 20_000 }, (_, i) => `p${i}`).join()}`],
      '101',
    ],
    ['20,000 empty subprotocols', [`Sec-WebSocket-Protocol: ${','.repeat(20_000)}`], '400 ERR_SUBPROTOCOL_MALFORMED'],
    ['20,000 protocols to upgrade to', [`Upgrade: ${'websocket, '.repeat(20_000)}`], '426 ERR_UPGRADE_NOT_WEBSOCKET'],
    ['a key of 100,000 letters', [`Sec-WebSocket-Key: ${'A'.repeat(100_000)}`], '400 ERR_WEBSOCKET_KEY'],
    ['100,000 blanks in a list', [`Connection: upgrade${' \t'.repeat(50_000)},x`], '101'],
  ])('of %s is answered by what it says', async (_, lines, answer) => {
    const names = lines.map((line) => line.slice(0, line.indexOf(':')));
    expect(verdict(await ask(router, upgradeTo(ROOM, lines, names)))).toBe(answer);
  });
});

it.each(['a/b', 'a?b', 'a#b', 'a\\b', 'u:p@chat.example.com'])(
  'refuses a Host that holds more than a host: %s',
  async (host) => {
    const lines = [`Host: ${host}`, ...GOOD_UPGRADE.slice(1)];
    expect(verdict(await ask(router, requestHead(`GET ${ROOM} HTTP/1.1`, lines)))).toBe('400 ERR_BAD_REQUEST_TARGET');
  },
);
