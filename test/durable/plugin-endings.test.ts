import { describe, expect, it } from 'vitest';
import { DISCONNECTS } from '../../src/config/disconnects.ts';
import { type Client, connect, evict, ROOM } from './client.ts';
import { open, request } from './plugin-client.ts';

/** How often the plug-in was told of an end. */
async function closesIn(room: string): Promise<unknown> {
  return ((await (await request(room)).json()) as { closes: unknown }).closes;
}

describe('onClose runs once', () => {
  it('for a close that wakes the room', async () => {
    const [ada, ben] = [await open('close'), await open('close')];
    await evict('close');
    ben.socket.close(3001, 'bye');
    expect(await ada.next()).toBe('close 1 3001 bye true after 0');
    expect(await ben.next()).toEqual({ code: 3001, reason: 'bye' });
    ada.send('a');
    expect(await ada.next()).toBe('1 a');
  });

  it('for each of many that close while the room sleeps, after what they sent before', async () => {
    const ada = await open('many');
    const others = [await open('many'), await open('many'), await open('many')];
    await evict('many');
    for (const other of others) {
      other.send('last words');
      other.socket.close(1000);
    }
    const heard: string[] = [];
    while (heard.length < 6) heard.push(String(await ada.next()));
    const closes = [1, 2, 3].map((nth) => `close ${nth} 1000  true after 1`);
    expect(heard.sort()).toEqual([...Array(3).fill('1 last words'), ...closes]);
    expect(await closesIn('many')).toBe(3);
  });

  it.each([
    ['the plug-in closes it', (ada: Client) => ada.send('close 4001'), { code: 4001, reason: 'asked for' }],
    [
      'it is disconnected by the API',
      (_: Client, room: string) => ROOM.getByName(room).disconnect({ userId: 'ada' }, DISCONNECTS.forceDisconnect),
      { code: 3503, reason: 'force disconnect' },
    ],
    [
      'it sends too often',
      (ada: Client) => {
        for (const text of ['a', 'b']) ada.send(text);
      },
      { code: 1008, reason: 'message rate exceeded' },
    ],
  ])('where %s, also with a sleep before the client answers', async (cause, end, { code, reason }) => {
    const limits = { messagesPerSecond: 1, messageBurst: 1 };
    const [ben, ada] = [await open(cause), await open(cause, '', { limits, identity: { userId: 'ada', claims: {} } })];
    await evict(cause);
    await end(ada, cause);
    const heard = [await ben.next(), ...(cause === 'it sends too often' ? [await ben.next()] : [])];
    expect(heard.at(-1)).toMatch(`close 1 ${code} ${reason} true`);
    await evict(cause);
    while (typeof (await ada.next()) === 'string');
    ben.send('a');
    expect([await ben.next(), await closesIn(cause)]).toEqual(['1 a', 1]);
  });

  it('where its credential expires while the room sleeps', async () => {
    const [ben, ada] = [await open('expiry'), await open('expiry', '', { expiresAt: Date.now() + 50 })];
    await evict('expiry');
    expect(await ada.next()).toEqual({ code: 3005, reason: 'connection expired' });
    expect(await ben.next()).toBe('close 1 3005 connection expired true after 0');
    expect(await closesIn('expiry')).toBe(1);
  });

  it('after a message that is being taken still', async () => {
    const [ada, ben] = [await open('busy'), await open('busy')];
    ada.send('wait');
    ada.send('a');
    ada.socket.close(1000, 'bye');
    expect(await ada.next()).toEqual({ code: 1000, reason: 'bye' });
    ben.send('release');
    expect([await ben.next(), await ben.next()]).toEqual(['1 a', 'close 1 1000 bye true after 1']);
  });

  it('and its failure costs nobody anything', async () => {
    const [ada, ben] = [await open('fails'), await open('fails')];
    ben.send('fail onClose');
    ada.socket.close(1000);
    expect(await ben.next()).toBe('close 1 1000  true after 0');
    ben.send('a');
    expect([await ben.next(), await ada.next()]).toEqual(['1 a', { code: 1000, reason: '' }]);
  });
});

describe('the alarm', () => {
  it('rings when it is due, also while the room sleeps, and is over then', async () => {
    const ada = await open('alarm');
    ada.send('alarm 50');
    await evict('alarm');
    expect(await ada.next()).toBe('alarm null');
    ada.send('alarm 0');
    expect(await ada.next()).toBe('alarm null');
  });

  it('rings at the time that it was moved to, beside what else the room waits for', async () => {
    const [ada, ben] = [await open('moved'), await open('moved', '', { expiresAt: Date.now() + 50 })];
    ada.send('alarm 3600000');
    expect(await ben.next()).toEqual({ code: 3005, reason: 'connection expired' });
    expect(await ada.next()).toMatch('close 1 3005');
    await evict('moved');
    ada.send('alarm 50');
    ada.send('a');
    expect(await ada.next()).toBe('1 a');
    await evict('moved');
    expect(await ada.next()).toBe('alarm null');
  });

  it('does not ring where it was taken back', async () => {
    const [ada, ben] = [await open('none'), await open('none', '', { expiresAt: Date.now() + 100 })];
    ada.send('alarm 50');
    ada.send('alarm none');
    expect(await ben.next()).toEqual({ code: 3005, reason: 'connection expired' });
    expect(await ada.next()).toMatch('close 1 3005');
  });

  it('is over where its hook fails, and keeps nothing else from being done', async () => {
    const [ada, ben] = [await open('failing'), await open('failing', '', { expiresAt: Date.now() + 50 })];
    ada.send('fail onAlarm');
    ada.send('alarm 0');
    expect([await ada.next(), await ben.next()]).toEqual(['alarm null', 'alarm null']);
    expect(await ben.next()).toEqual({ code: 3005, reason: 'connection expired' });
    expect(await ada.next()).toMatch('close 1 3005');
    ada.send('a');
    expect(await ada.next()).toBe('1 a');
  });
});

describe('a table that names another plug-in, or none', () => {
  it('closes connections with 1012 when they next speak, and starts plug-ins anew when it names them again', async () => {
    const [ada, ben] = [await open('table'), await open('table')];
    const [raw, other] = [await connect('table'), await connect('table')];
    ada.send('a');
    expect(await ada.next()).toEqual({ code: 1012, reason: 'service restart' });
    raw.send('not asked about');
    expect(await other.next()).toBe('not asked about');
    const eve = await open('table');
    ben.send('b');
    expect([await ben.next(), await eve.next()]).toEqual(['1 b', '1 b']);
  });
});
