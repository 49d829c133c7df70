import { describe, expect, it } from 'vitest';
import { Client, connect, evict, ROOM } from './client.ts';
import { askPlugin, open, openCentrifugo, request, SETTINGS } from './plugin-client.ts';

const told = async (answer: Response | Promise<Response>) => [(await answer).status, await (await answer).text()];

describe('onConnect', () => {
  it('sends what the client gets right after the 101, in order', async () => {
    const { webSocket } = await askPlugin('before', '', {}, { 'X-Test': 'yes' });
    const ada = new Client(webSocket as WebSocket);
    expect(await ada.next()).toBe('hello before yes');
    expect(await ada.next()).toBe('second');
  });

  it('chooses a subprotocol of those offered, adds headers, and names the connection by tags', async () => {
    const { webSocket, headers } = await askPlugin('choice', '', {}, { 'Sec-WebSocket-Protocol': 'one, two' });
    expect([headers.get('Sec-WebSocket-Protocol'), headers.get('X-Plugin')]).toEqual(['one', 'probe']);
    new Client(webSocket as WebSocket);
    const [, , ada] = [
      await open('choice', '?tag=a'),
      await open('choice', '?tag=b'),
      await open('choice', '?tag=c&tag=d'),
    ];
    for (const _ of ['awake', 'after it slept']) {
      ada.send('who');
      expect(await ada.next()).toBe(' a b c+d');
      await evict('choice');
    }
  });

  it.each(['?refuse', '?late'])(
    'refuses, and leaves nothing behind, also after it sent something: %s',
    async (query) => {
      const room = `refused ${query}`;
      const [status, text] = query === '?refuse' ? [418, 'no'] : [403, 'no'];
      expect(await told(askPlugin(room, query))).toEqual([status, text]);
      expect(await ROOM.getByName(room).list()).toEqual([]);
      expect(await (await request(room)).json()).toMatchObject({ closes: 0 });
    },
  );

  it.each(['?throw', '?subprotocol=other', '?header=Sec-WebSocket-Extensions', `?tag=${'x'.repeat(1024)}`])(
    'costs the upgrade, with 500, where it fails or asks for what can not be: %.40s',
    async (query) => {
      const answer = await askPlugin('fails', query);
      expect([answer.status, await answer.json()]).toMatchObject([500, { code: 'ERR_INTERNAL' }]);
      expect(await ROOM.getByName('fails').list()).toEqual([]);
    },
  );

  it('closes a connection that it lets in, which gets what was sent before; onClose is told once', async () => {
    const [ben, { webSocket }] = [await open('close'), await askPlugin('close', '?close')];
    const ada = new Client(webSocket as WebSocket);
    expect([await ada.next(), await ada.next(), await ada.next()]).toEqual([
      'hello close',
      'second',
      { code: 3002, reason: 'not today' },
    ]);
    expect(await ben.next()).toBe('close 1 3002 not today true after 0');
    await evict('close');
    ben.send('a');
    expect(await ben.next()).toBe('1 a');
  });

  it('gives the last place to one of two who came at once, and tells onClose of the other', async () => {
    const limits = { maxConnections: 2 };
    const ben = await open('place', '', { limits });
    const [ada, eve] = [askPlugin('place', '?wait', { limits }), askPlugin('place', '?wait', { limits })];
    expect([await ben.next(), await ben.next()]).toEqual(['waits', 'waits']);
    ben.send('release');
    expect([(await ada).status, (await eve).status]).toEqual([101, 503]);
    expect(await ben.next()).toBe('close 1 1006  false after 0');
    expect(await ROOM.getByName('place').list()).toHaveLength(2);
  });
});

describe('onMessage', () => {
  it('gets text as text, bytes as bytes, and pings as they are', async () => {
    const ada = await open('messages');
    ada.send(new Uint8Array([0, 255]).buffer);
    expect(await ada.next()).toEqual(new Uint8Array([0, 255]).buffer);
    ada.send('ping');
    expect(await ada.next()).toBe('1 ping');
    await evict('messages');
    ada.send('ping');
    expect(await ada.next()).toBe('2 ping');
  });

  it('gets the messages of a connection one after the other, and nobody else waits', async () => {
    const [ada, ben] = [await open('turns'), await open('turns')];
    for (const message of ['wait', 'a', 'b']) ada.send(message);
    ben.send('ben');
    expect([await ben.next(), await ada.next()]).toEqual(['1 ben', '1 ben']);
    ben.send('release');
    expect([await ada.next(), await ada.next(), await ada.next()]).toEqual(['waited', '1 a', '2 b']);
  });

  it.each(['throw', 'reject'])('costs its connection, with 1011, where it fails: %s', async (failure) => {
    const [ada, ben] = [await open(failure), await open(failure)];
    ada.send(failure);
    expect(await ada.next()).toEqual({ code: 1011, reason: 'internal error' });
    expect(await ben.next()).toBe('close 1 1011 internal error true after 0');
    await evict(failure);
    ben.send('a');
    expect(await ben.next()).toBe('1 a');
  });

  it('finds the state that was assigned, also in onConnect, after the room slept', async () => {
    const ada = await open('state', '?five');
    ada.send('a');
    expect(await ada.next()).toBe('6 a');
    await evict('state');
    ada.send('b');
    expect(await ada.next()).toBe('7 b');
  });

  it('keeps a state up to its limit, and fails one over it', async () => {
    const empty = '{"messages":0,"text":""}'.length;
    const ada = await open('large');
    ada.send(`state ${4096 - empty}`);
    expect(await ada.next()).toBe('state 4096');
    await evict('large');
    ada.send(`state ${4097 - empty}`);
    expect(await ada.next()).toEqual({ code: 1011, reason: 'internal error' });
  });

  it('publishes on a channel and waits for it', async () => {
    const [ada, ben] = [await open('publish'), await openCentrifugo('publish')];
    ben.send('{"id":2,"subscribe":{"channel":"main"}}');
    await ben.next();
    await evict('publish');
    ada.send('publish news');
    expect(await ada.next()).toBe('published news');
    expect(JSON.parse(String(await ben.next()))).toMatchObject({ push: { channel: 'main', pub: { data: 'news' } } });
  });

  it('broadcasts to those with a tag, but for one of them', async () => {
    const [ada, ben, eve] = [await open('tags', '?tag=x'), await open('tags', '?tag=x&tag=y'), await open('tags')];
    await evict('tags');
    ada.send('tell x');
    ada.send('all');
    expect([await ben.next(), await ben.next()]).toEqual(['told x', '1 all']);
    expect([await ada.next(), await eve.next()]).toEqual(['1 all', '1 all']);
  });

  it('keeps rows and values beside those of the room, which it can not touch', async () => {
    const ada = await open('sql');
    ada.send('sql CREATE TABLE mine (value TEXT)');
    ada.send("sql INSERT INTO mine VALUES ('a')");
    expect([await ada.next(), await ada.next()]).toEqual(['[]', '[]']);
    await evict('sql');
    ada.send('sql SELECT value FROM mine');
    expect(await ada.next()).toBe('[{"value":"a"}]');
    ada.send('sql CREATE TABLE Migrations (version INTEGER)');
    expect(await ada.next()).toEqual({ code: 1011, reason: 'internal error' });
  });
});

describe('onRequest', () => {
  it('answers what is no upgrade, also when that wakes the room', async () => {
    const ada = await open('http');
    ada.socket.close();
    await ada.next();
    await evict('http');
    const answer = await request('http', '?a=b', { method: 'POST', body: 'hello' });
    expect([answer.status, answer.headers.get('X-Plugin'), await answer.json()]).toEqual([
      ...[200, 'probe'],
      {
        room: 'http',
        method: 'POST',
        url: 'https://example.com/probe?a=b',
        body: 'hello',
        user: null,
        closes: 1,
      },
    ]);
  });

  it('costs the request, with 500, where it fails', async () => {
    expect(await told(request('http fails', '?throw'))).toMatchObject([500, expect.stringContaining('ERR_INTERNAL')]);
  });
});

it('onPublish looks at what bare sockets and SP peers say, and what it refuses reaches nobody', async () => {
  const room = 'looks';
  const [ada, raw, ben] = [await open(room), await connect(room, {}, null, SETTINGS), await openCentrifugo(room)];
  const pub = await connect(room, { protocol: 'sp', role: 'pub', subprotocol: 'sub.sp.nanomsg.org' }, null, SETTINGS);
  ben.send('{"id":2,"subscribe":{"channel":"main"}}');
  await ben.next();
  await evict(room);
  raw.send('no');
  raw.send('yes');
  expect([await ada.next(), await ada.next()]).toEqual(['publishes "no" on main', 'publishes "yes" on main']);
  expect(JSON.parse(String(await ben.next()))).toMatchObject({ push: { pub: { data: 'yes' } } });
  pub.send(new Uint8Array([1]).buffer);
  expect(await ada.next()).toBe('publishes {} on main');
});

describe('what Centrifugo clients do', () => {
  const publish = (data: unknown) => JSON.stringify({ id: 2, publish: { channel: 'main', data } });
  const rpc = (method: string) => JSON.stringify({ id: 2, rpc: { method, data: [1] } });

  it.each([
    ['yes', { id: 2, publish: {} }],
    ['no', { id: 2, error: { code: 103, message: 'permission denied' } }],
    ['throw', { id: 2, error: { code: 103, message: 'permission denied' } }],
  ])('is looked at by onPublish, which may refuse it: %s', async (data, reply) => {
    const [ada, ben] = [await open(`veto ${data}`), await openCentrifugo(`veto ${data}`)];
    await evict(`veto ${data}`);
    ben.send(publish(data));
    expect(JSON.parse(String(await ben.next()))).toEqual(reply);
    if (data !== 'throw') expect(await ada.next()).toBe(`publishes "${data}" on main`);
  });

  it.each([
    ['echo', { rpc: { data: { room: 'rpc echo', data: [1] } } }],
    ['nothing', { rpc: { data: null } }],
    ['refuse', { error: { code: 1234, message: 'not today' } }],
    ['throw', { error: { code: 100, message: 'internal server error', temporary: true } }],
    ['big', { error: { code: 100, message: 'internal server error', temporary: true } }],
  ])('is answered by onRpc: %s', async (method, reply) => {
    const ben = await openCentrifugo(`rpc ${method}`);
    await evict(`rpc ${method}`);
    ben.send(rpc(method));
    expect(JSON.parse(String(await ben.next()))).toEqual({ id: 2, ...reply });
  });

  it('is taken by onSend, whose failure costs the connection', async () => {
    const [ada, ben] = [await open('send'), await openCentrifugo('send')];
    await evict('send');
    ben.send('{"send":{"data":{"a":1}}}');
    expect(await ada.next()).toBe('sent {"a":1}');
    ben.send('{"send":{"data":"throw"}}');
    expect(await ben.next()).toEqual({ code: 1011, reason: 'internal error' });
  });
});
