import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Arrivals } from '../support/arrivals.ts';
import { clientFrame, GOOD_UPGRADE, RawSocket, requestHead } from '../support/raw-socket.ts';
import { connectionsIn, type Router, startRouter } from '../support/router.ts';
import { SECRETS, signToken } from '../support/tokens-for-table.ts';

let router: Router;
beforeAll(async () => {
  router = await startRouter('test', SECRETS);
});
afterAll(() => router.stop());

const connect = (path: string, protocols?: string[], headers?: Record<string, string>) =>
  new Arrivals(`ws://${router.host}${path}`, protocols, headers);

/** A client that has heard what `onConnect` sent. */
async function open(path: string): Promise<Arrivals> {
  const client = connect(path);
  for (const _ of ['hello', 'second']) await client.next();
  return client;
}

const closesIn = async (room: string) => {
  const answer = await fetch(`http://${router.host}/probe/${room}`);
  return ((await answer.json()) as { closes: number }).closes;
};

it('echoes text as text and bytes as bytes, of every size', async () => {
  const ada = connect('/plain-echo/a');
  expect((await ada.answer).status).toBe(101);
  for (const size of [0, 1, 125, 126, 65_535, 65_536, 1024 * 1024]) {
    for (const message of ['x'.repeat(size), Buffer.alloc(size, 0xfe)]) {
      ada.send(message);
      expect(await ada.next()).toEqual(message);
    }
  }
});

describe('an upgrade', () => {
  it('gets the 101 with what onConnect chose, and right after it what it sent', async () => {
    const ada = connect('/probe/choice', ['one', 'two'], { 'X-Test': 'yes' });
    const { status, headers } = await ada.answer;
    expect([status, headers['sec-websocket-protocol'], headers['x-plugin']]).toEqual([101, 'one', 'probe']);
    expect([await ada.next(), await ada.next()]).toEqual(['hello probe/choice yes', 'second']);
  });

  it('must offer a subprotocol of the route, of which onConnect may choose another', async () => {
    expect((await connect('/plugin/a', ['v3']).answer).status).toBe(400);
    expect((await connect('/plugin/a', ['v1', 'v2']).answer).headers['sec-websocket-protocol']).toBe('v1');
  });

  it.each([
    ['?refuse', 418, 'no', 'teapot'],
    ['?late', 403, 'no', undefined],
    ['?throw', 500, expect.stringContaining('ERR_INTERNAL'), undefined],
  ])('is refused as plain HTTP: %s', async (query, status, body, why) => {
    const answer = await connect(`/probe/refused${query}`).answer;
    expect([answer.status, answer.body, answer.headers['x-why']]).toEqual([status, body, why]);
    expect(await connectionsIn(router, 'probe/refused')).toEqual([]);
  });

  it('is closed by onConnect after what it sent', async () => {
    const ada = await RawSocket.open(router.port);
    ada.write(requestHead('GET /probe/closed?close HTTP/1.1', GOOD_UPGRADE));
    expect((await ada.readAnswer()).status).toBe(101);
    const frames = [await ada.readFrame(), await ada.readFrame(), await ada.readFrame()];
    const [, , { first, payload }] = frames as [unknown, unknown, { first: number; payload: Buffer }];
    expect(frames.slice(0, 2).map((frame) => String(frame.payload))).toEqual(['hello probe/closed', 'second']);
    expect([first, payload.readUInt16BE(), String(payload.subarray(2))]).toEqual([0x88, 3002, 'not today']);
    ada.destroy();
  });

  it('whose client goes away while onConnect waits leaves no connection behind, and onClose is told once', async () => {
    const ada = await open('/probe/gone');
    const ben = await RawSocket.open(router.port);
    ben.write(requestHead('GET /probe/gone?wait HTTP/1.1', GOOD_UPGRADE));
    expect(await ada.next()).toBe('waits');
    ben.destroy();
    ada.send('release');
    expect(await ada.next()).toBe('close 1 1006  false after 0');
    expect(await connectionsIn(router, 'probe/gone')).toHaveLength(1);
    expect(await closesIn('gone')).toBe(1);
  });
});

describe('who it is', () => {
  it('is told to the plug-in, but not the credential in the query', async () => {
    const token = await signToken();
    const ada = connect(`/guarded/a?x=1&token=${token}&y=%20`);
    expect((await ada.answer).status).toBe(101);
    const answer = await fetch(`http://${router.host}/guarded/a?x=1&token=${token}`, { method: 'PUT', body: 'b' });
    expect(await answer.json()).toMatchObject({
      ...{ method: 'PUT', body: 'b', user: 'ada' },
      url: `http://${router.host}/guarded/a?x=1`,
    });
  });

  it('is asked before the plug-in is, of requests too', async () => {
    expect((await fetch(`http://${router.host}/guarded/a`)).status).toBe(401);
    const stranger = connect('/guarded/a', ['any']);
    expect((await stranger.answer).headers['sec-websocket-protocol']).toBe('any');
    expect(await stranger.next()).toEqual({ code: 4401, reason: 'ERR_CREDENTIALS_MISSING' });
  });

  it('may be refused by the plug-in, which a page is told by a close where the route says so', async () => {
    const refused = connect(`/guarded/a?late&token=${await signToken()}`, ['any']);
    expect((await refused.answer).headers['sec-websocket-protocol']).toBe('any');
    expect(await refused.next()).toEqual({ code: 4403, reason: 'ERR_PERMISSION_DENIED' });
  });
});

describe('a request that is no upgrade', () => {
  it('is answered by the plug-in that answers HTTP, from where pages may connect', async () => {
    const url = `http://${router.host}/probe/http?a=b`;
    const answer = await fetch(url, { method: 'POST', body: 'hello', headers: { Origin: `http://${router.host}` } });
    expect([answer.status, answer.headers.get('X-Plugin'), await answer.json()]).toEqual([
      ...[200, 'probe'],
      { room: 'probe/http', method: 'POST', url, body: 'hello', user: null, closes: 0 },
    ]);
    expect((await fetch(url, { headers: { Origin: 'https://evil.example' } })).status).toBe(403);
    expect((await fetch(`${url}&throw`)).status).toBe(500);
  });

  it('is refused with 426 where the plug-in answers none', async () => {
    expect((await fetch(`http://${router.host}/plain-echo/a`)).status).toBe(426);
  });

  it('can not pretend to come from the edge', async () => {
    const entry = encodeURIComponent(JSON.stringify({ admission: { protocol: 'raw' }, once: null }));
    const headers = { 'Signalbox-Entry': entry, 'Signalbox-Settings': '{}' };
    const answer = await fetch(`http://${router.host}/probe/forged`, { headers });
    expect(await answer.json()).toMatchObject({ room: 'probe/forged', user: null });
  });
});

describe('onClose is told once', () => {
  it('of a connection that breaks', async () => {
    const ada = await open('/probe/breaks');
    const ben = await RawSocket.open(router.port);
    ben.write(requestHead('GET /probe/breaks HTTP/1.1', GOOD_UPGRADE));
    await ben.readAnswer();
    ben.write(clientFrame(0x81, 'a'));
    expect(await ada.next()).toBe('1 a');
    ben.destroy();
    expect(await ada.next()).toBe('close 1 1006  false after 1');
    expect(await closesIn('breaks')).toBe(1);
  });

  it('of a client that breaks the protocol', async () => {
    const ada = await open('/probe/hostile');
    const ben = await RawSocket.open(router.port);
    ben.write(requestHead('GET /probe/hostile HTTP/1.1', GOOD_UPGRADE));
    await ben.readAnswer();
    ben.write(clientFrame(0xf1, 'reserved bits'));
    expect(await ada.next()).toBe('close 1 1006  false after 0');
    ben.destroy();
    ada.send('a');
    expect([await ada.next(), await closesIn('hostile')]).toEqual(['1 a', 1]);
  });
});
