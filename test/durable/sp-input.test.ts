import { describe, expect, it } from 'vitest';
import { bytes, hex } from '../support/sp.ts';
import { connect, evict } from './client.ts';
import { connectText, peersIn } from './sp-client.ts';

const text = (value: string) => hex(bytes(`'${value}'`));

describe('a page that asks and answers in text', () => {
  it('is answered by a REP, and answers a REQ, though the room slept', async () => {
    const [page, [rep]] = [await connectText('text'), await peersIn('text', 'rep')];
    page.send('{"ask":"time","id":7}');
    const asked = String(await rep.hear());
    expect(asked.slice(12)).toBe(`80 00 00 07 ${text('time')}`);
    await evict('text');
    rep.say(`${asked.slice(0, 23)} 'noon'`);
    expect(await page.next()).toBe('{"answer":"noon","id":7}');
    rep.leave();
    await rep.hear();
    page.send('{"serve":true}');
    const [req] = await peersIn('text', 'req');
    req.say("80000001 'q'");
    const question = JSON.parse(String(await page.next()));
    expect(question).toEqual({ ask: 'q', id: expect.any(String) });
    await evict('text');
    page.send(JSON.stringify({ answer: 'a', id: question.id }));
    expect(await req.hear()).toBe(`80 00 00 01 ${text('a')}`);
  });

  it('hands what it was asked on to another one when it serves no more, also after the room slept', async () => {
    const [page, [req]] = [await connectText('serve'), await peersIn('serve', 'req')];
    page.send('{"serve":true}');
    req.say("80000001 'q'");
    expect(JSON.parse(String(await page.next()))).toEqual({ ask: 'q', id: expect.any(String) });
    await evict('serve');
    page.send('{"serve":false}');
    const [rep] = await peersIn('serve', 'rep');
    expect(String(await rep.hear()).slice(12)).toBe(`80 00 00 01 ${text('q')}`);
  });
});

describe('bad input', () => {
  it('costs the connection that sends it, and no neighbour', async () => {
    const [sub, pair1, rep, req] = await peersIn('bad', 'sub', 'pair1', 'rep', 'req');
    const page = await connectText('bad');
    sub.say("'x'");
    pair1.say('0000');
    page.send('{"ask":"q"}');
    rep.say('00');
    req.say("'no id'");
    const refused = { code: 3501, reason: 'bad request' };
    expect([await sub.hear(), await pair1.hear(), await page.next()]).toEqual([refused, refused, refused]);
    req.say("80000001 'q'");
    expect(String(await rep.hear()).slice(12)).toBe(`80 00 00 01 ${text('q')}`);
  });

  it.each([
    ['req', 1024 * 1024 - 4],
    ['surveyor', 1024 * 1024 - 4],
    ['pub', 1024 * 1024],
    ['push', 1024 * 1024],
  ] as const)('is refused at the entrance where it is longer than others take: %s, %i bytes', async (role, most) => {
    const room = `long ${role}`;
    const heard = { req: 'rep', surveyor: 'respondent', pub: 'sub', push: 'pull' } as const;
    const [listener] = await peersIn(room, heard[role]);
    const client = await connect(room, { protocol: 'sp', role });
    client.send(new Uint8Array(most).fill(0x80).buffer);
    expect(String(await listener.hear()).length).toBe(1024 * 1024 * 3 - 1);
    client.send(new Uint8Array(most + 1).fill(0x80).buffer);
    expect(await client.next()).toEqual({ code: 1009, reason: 'message too big' });
  });

  it('leaves out for peers what others publish that is longer than they take', async () => {
    const limits = { maxMessageBytes: 4 * 1024 * 1024 };
    const [[sub], page, other] = [
      await peersIn('longer', 'sub'),
      await connect('longer', { limits }),
      await connect('longer'),
    ];
    page.send('x'.repeat(1024 * 1024 + 1));
    page.send('short');
    expect(String(await other.next()).length).toBe(1024 * 1024 + 1);
    expect(await sub.hear()).toBe(text('short'));
  });
});
