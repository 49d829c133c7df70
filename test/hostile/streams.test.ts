import { describe, expect, it } from 'vitest';
import { router, setUpNeighbours } from '../support/hostile-neighbours.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { SECRETS } from '../support/tokens-for-table.ts';

/** The room that is attacked: its neighbours hear what is published on the default channel. */
const ROOM = '/streams/hostile';
const CONNECT = '{"id":1,"connect":{}}';
const PUBLISH = '{"id":2,"publish":{"channel":"main","data":"from a stranger"}}';
const PAGE = { Origin: 'http://app.example' };

setUpNeighbours(ROOM, () => SECRETS);

/** The status and code of a refusal; the status alone of what is let through, which is then left. */
async function ask(path: string, init: RequestInit = {}): Promise<string> {
  const answer = await fetch(`http://${router.host}${path}`, init);
  const code = answer.headers.get('Signalbox-Error');
  await answer.body?.cancel();
  return code === null ? `${answer.status}` : `${answer.status} ${code}`;
}

const connectBy = (command: string) => `${ROOM}/connection/sse?cf_connect=${encodeURIComponent(command)}`;
const post = (body: BodyInit, headers: Record<string, string> = {}): RequestInit => ({ method: 'POST', body, headers });

describe('what a stream begins with', () => {
  it.each(['', '?cf_connect=', '?cf_connect', '?CF_CONNECT=%7B%7D', '?cf_connect=%FF%FE', '?cf_connect=[1'])(
    'is refused where it is none: %j',
    async (query) => {
      expect(await ask(`${ROOM}/connection/sse${query}`)).toBe('400 ERR_CONNECT_COMMAND');
    },
  );

  it.each([
    ['something that is published', `${CONNECT}\n${PUBLISH}`],
    ['that and nothing else', PUBLISH],
    ['a member of another name', '{"id":1,"__proto__":{"connect":{}}}'],
    ['a list', `[${CONNECT}]`],
    ['a tower of lists', `{"id":1,"connect":${'['.repeat(50_000)}`],
  ])('is refused where it holds %s', async (_, command) => {
    if (command.length < 10_000) expect(await ask(connectBy(command))).toBe('400 ERR_CONNECT_COMMAND');
    expect(await ask(`${ROOM}/connection/http_stream`, post(command))).toBe('400 ERR_CONNECT_COMMAND');
  });

  it.each([
    ['bytes that are no text', Uint8Array.from([0xff, 0xfe, 0])],
    ['a form', new URLSearchParams({ connect: '{}' })],
    ['nothing', ''],
  ])('is refused where it is %s', async (_, body) => {
    expect(await ask(`${ROOM}/connection/http_stream`, post(body))).toBe('400 ERR_CONNECT_COMMAND');
  });

  it('is refused where it is too large, before all of it is there', async () => {
    const command = `{"id":1,"connect":{"name":"${'x'.repeat(300)}"}}`;
    const path = `/narrow/large/connection/sse?cf_connect=${encodeURIComponent(command)}`;
    expect(await ask(path)).toBe('413 ERR_MESSAGE_TOO_LARGE');
    for (const mount of ['connection/http_stream', 'emulation']) {
      const socket = await RawSocket.open(router.port);
      socket.write(`POST /narrow/large/${mount} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`);
      socket.write(`1000\r\n${'x'.repeat(0x1000)}\r\n`);
      expect((await socket.readAnswer()).status).toBe(413);
      socket.destroy();
    }
  });
});

describe('what is sent for a session', () => {
  async function sessionIn(room: string): Promise<{ session: string; leave(): void }> {
    const controller = new AbortController();
    const init = { ...post(CONNECT), signal: controller.signal };
    const { body } = await fetch(`http://${router.host}${room}/connection/http_stream`, init);
    const { value } = (await body?.getReader().read()) ?? {};
    const { session } = JSON.parse(new TextDecoder().decode(value)).connect;
    return { session, leave: () => controller.abort() };
  }

  it.each([
    ['nobody has', '00000000-0000-4000-8000-000000000000'],
    ['is no name of one', '__proto__'],
    ['is long', 'x'.repeat(100_000)],
  ])('reaches nobody where it is one that %s', async (_, session) => {
    const body = JSON.stringify({ session, data: PUBLISH });
    expect(await ask(`${ROOM}/emulation`, post(body))).toBe('404 ERR_SESSION_UNKNOWN');
  });

  it('reaches nobody in another room than its own, though it is that of a member there', async () => {
    const { session, leave } = await sessionIn('/streams/elsewhere');
    const body = JSON.stringify({ session, data: PUBLISH });
    expect(await ask(`${ROOM}/emulation`, post(body))).toBe('404 ERR_SESSION_UNKNOWN');
    expect(await ask('/streams/elsewhere/emulation', post(body))).toBe('204');
    leave();
  });

  it.each(['', 'x', '[]', '{}', '{"session":"","data":""}', '{"session":{},"data":"x"}', '{"session":"a","data":{}}'])(
    'is refused where it is nothing of the kind: %j',
    async (body) => {
      expect(await ask(`${ROOM}/emulation`, post(body))).toBe('400 ERR_EMULATION_REQUEST');
    },
  );

  it('can be guessed as often as somebody may connect, and then nothing is sent from that address', async () => {
    const guess = () => ask('/narrow/guess/emulation', post('{"session":"guess","data":"x"}'));
    const { session, leave } = await sessionIn('/narrow/guess');
    const body = JSON.stringify({ session, data: '{"id":2,"ping":{}}' });
    const guesses = [];
    for (let i = 0; i < 20; i++) guesses.push(await guess());
    expect(new Set(guesses)).toEqual(new Set(['404 ERR_SESSION_UNKNOWN']));
    expect(await guess()).toBe('429 ERR_TOO_MANY_UPGRADES');
    expect(await ask('/narrow/guess/emulation', post(body))).toBe('429 ERR_TOO_MANY_UPGRADES');
    leave();
  });
});

describe('a page of another origin', () => {
  it.each([
    ['opens no stream', '/narrow/a/sse', {}],
    ['opens no stream of commands', '/narrow/a/connection/http_stream', post(CONNECT)],
    ['sends nothing', '/narrow/a/emulation', post('{"session":"a","data":"x"}')],
    ['need not ask whether it may', '/narrow/a/emulation', { method: 'OPTIONS' }],
  ])('%s', async (_, path, init) => {
    const answer = await fetch(`http://${router.host}${path}`, { ...init, headers: { Origin: 'http://evil.example' } });
    expect([answer.status, answer.headers.get('Signalbox-Error')]).toEqual([403, 'ERR_ORIGIN_NOT_ALLOWED']);
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    await answer.body?.cancel();
  });

  it('can not have a browser connect by an image', async () => {
    const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' };
    const path = `/narrow/a/connection/sse?cf_connect=${encodeURIComponent(CONNECT)}`;
    expect(await ask(path, { headers })).toBe('403 ERR_ORIGIN_NOT_ALLOWED');
  });
});

describe('an answer', () => {
  it.each(['%0D%0AX-Injected:%201', '5%0Aevent:%20gone', '%00', '7%0A%0Adata:%20x'])(
    'repeats nothing of what was asked for: since=%s',
    async (since) => {
      const controller = new AbortController();
      const { signal } = controller;
      const url = `http://${router.host}${ROOM}/sse?channel=fresh&since=${since}`;
      const { headers, body } = await fetch(url, { headers: PAGE, signal });
      const reader = body?.getReader();
      let text = '';
      while (!text.includes('gone')) text += new TextDecoder().decode((await reader?.read())?.value);
      controller.abort();
      expect(headers.has('X-Injected')).toBe(false);
      expect(text).toMatch(/^:\n\nid: 0:[\w-]+\nevent: gone\ndata: \{"channel":"fresh"\}\n\n$/);
    },
  );

  it('is no switch of protocols', async () => {
    for (const mount of ['sse', 'emulation', 'connection/sse', 'connection/http_stream']) {
      const socket = await RawSocket.open(router.port);
      const lines = ['Host: a', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'];
      socket.write([`GET ${ROOM}/${mount} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
      expect((await socket.readAnswer()).status).toBe(400);
      socket.destroy();
    }
  });
});
