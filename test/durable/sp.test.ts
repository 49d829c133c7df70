/** SP peers in a room that sleeps in the middle of everything they do. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { SqlPatternStore } from '../../durable/sql-pattern-store.ts';
import { bytes, hex } from '../support/sp.ts';
import { connect, evict, ROOM } from './client.ts';
import { connectSp, peersIn } from './sp-client.ts';

const text = (value: string) => hex(bytes(`'${value}'`));
/** What a room has written of messages. */
const keptIn = (room: string) =>
  runInDurableObject(ROOM.getByName(room), (_, { storage: { sql } }) =>
    ['requests', 'pushed'].flatMap((pattern) => new SqlPatternStore(sql, pattern).list()),
  );
const untilKept = (room: string, count: number) =>
  vi.waitFor(async () => expect(await keptIn(room)).toHaveLength(count));

describe('a request', () => {
  it('gets its answer though the room slept in between', async () => {
    const [rep, req] = await peersIn('ask', 'rep', 'req');
    req.say("80000001 'q'");
    const asked = String(await rep.hear());
    await untilKept('ask', 1);
    await evict('ask');
    rep.say(`${asked.slice(0, 23)} 'a'`);
    expect(await req.hear()).toBe(`80 00 00 01 ${text('a')}`);
    expect(await keptIn('ask')).toEqual([]);
  });

  it('waits for somebody to answer it while the room sleeps', async () => {
    const [req] = await peersIn('wait', 'req');
    req.say("80000001 'q'");
    await untilKept('wait', 1);
    await evict('wait');
    const [rep] = await peersIn('wait', 'rep');
    expect(String(await rep.hear())).toMatch(new RegExp(`^[0-7]\\w( \\w\\w){3} 80 00 00 01 ${text('q')}$`));
  });

  it('goes to another one when the one that has it leaves while the room sleeps', async () => {
    const [first, req] = await peersIn('handover', 'rep', 'req');
    req.say("80000001 'q'");
    const asked = await first.hear();
    const [second] = await peersIn('handover', 'rep');
    await untilKept('handover', 1);
    await evict('handover');
    first.leave();
    expect(await second.hear()).toBe(asked);
    await evict('handover');
    second.say(`${String(asked).slice(0, 23)} 'a'`);
    expect(await req.hear()).toBe(`80 00 00 01 ${text('a')}`);
  });

  it('is forgotten when nobody waits for it any more, also where the alarm finds nobody', async () => {
    const [req] = await peersIn('given up', 'req');
    req.say("80000001 'q'");
    await untilKept('given up', 1);
    req.leave();
    await req.hear();
    await untilKept('given up', 0);
  });
});

describe('what is kept for too long', () => {
  it('is given up by the alarm, though nobody is there and the room slept', async () => {
    const [push] = await peersIn('expiry', 'push');
    push.say("'1'");
    await untilKept('expiry', 1);
    push.leave();
    await push.hear();
    expect(await keptIn('expiry')).toHaveLength(1);
    await runInDurableObject(ROOM.getByName('expiry'), (_, { storage: { sql } }) => {
      sql.exec('UPDATE sp_kept SET until = 1');
    });
    await evict('expiry');
    expect(await runDurableObjectAlarm(ROOM.getByName('expiry'))).toBe(true);
    expect(await keptIn('expiry')).toEqual([]);
  });
});

describe('what is pushed', () => {
  it('waits for a PULL while the room sleeps, in order, and then goes to one after the other', async () => {
    const [push] = await peersIn('push', 'push');
    push.say("'1'");
    push.say("'2'");
    await untilKept('push', 2);
    await evict('push');
    const [first] = await peersIn('push', 'pull');
    expect([await first.hear(), await first.hear()]).toEqual([text('1'), text('2')]);
    expect(await keptIn('push')).toEqual([]);
    const [second] = await peersIn('push', 'pull');
    await evict('push');
    push.say("'3'");
    push.say("'4'");
    expect(new Set([await first.hear(), await second.hear()])).toEqual(new Set([text('3'), text('4')]));
  });
});

describe('a survey', () => {
  it('goes to all and brings all their answers back, though the room slept before and after', async () => {
    const [ada, ben, surveyor] = await peersIn('survey', 'respondent', 'respondent', 'surveyor');
    await evict('survey');
    surveyor.say("80000009 's'");
    const asked = [String(await ada.hear()), String(await ben.hear())] as const;
    await evict('survey');
    ada.say(`${asked[0].slice(0, 23)} 'a'`);
    ben.say(`${asked[1].slice(0, 23)} 'b'`);
    const answers = [await surveyor.hear(), await surveyor.hear()];
    expect(answers.sort()).toEqual([`80 00 00 09 ${text('a')}`, `80 00 00 09 ${text('b')}`]);
  });
});

describe('the default channel', () => {
  it('takes what a PUB says to SUBs and to bare sockets, and never a byte to the PUB, though the room slept', async () => {
    const [pub, sub] = await peersIn('pub', 'pub', 'sub');
    const page = await connect('pub');
    await evict('pub');
    pub.say("'21'");
    expect(await sub.hear()).toBe(text('21'));
    expect(await page.next()).toEqual(bytes("'21'").buffer);
    page.send('hello');
    expect(await sub.hear()).toBe(text('hello'));
    pub.leave();
    expect(await pub.hear()).toEqual({ code: 1000, reason: '' });
  });

  it.each(['pub', 'push', 'sub', 'bus', 'pair'] as const)('answers no text "ping" of a peer: %s', async (role) => {
    const room = `ping ${role}`;
    const [peer, page] = [await connectSp(room, role), await connect(room)];
    page.send('ping');
    expect(await page.next()).toBe('pong');
    await evict(room);
    peer.sayText('ping');
    if (role === 'sub') expect(await peer.hear()).toEqual({ code: 3501, reason: 'bad request' });
    else {
      page.send('ping');
      expect(await page.next()).toEqual(role === 'push' ? 'pong' : bytes("'ping'").buffer);
      peer.leave();
      expect(await peer.hear()).toEqual({ code: 1000, reason: '' });
    }
  });

  it('joins what members of a bus say to each other with what pages say, though the room slept', async () => {
    const [ada, ben] = await peersIn('bus', 'bus', 'bus');
    const page = await connect('bus');
    await evict('bus');
    ada.say("'a'");
    expect([await ben.hear(), await page.next()]).toEqual([text('a'), bytes("'a'").buffer]);
    page.send('p');
    expect([await ben.hear(), await ada.hear()]).toEqual([text('p'), text('p')]);
  });

  it('lets a pair talk and a page with them, a third one wait, and keeps their places while the room sleeps', async () => {
    const [ada, ben, third] = await peersIn('pair', 'pair', 'pair', 'pair');
    const page = await connect('pair');
    await evict('pair');
    third.say("'nobody hears this'");
    ada.say("'a'");
    expect([await ben.hear(), await page.next()]).toEqual([text('a'), bytes("'a'").buffer]);
    await evict('pair');
    ben.leave();
    await ben.hear();
    page.send('p');
    expect([await ada.hear(), await third.hear()]).toEqual([text('p'), text('p')]);
  });

  it('writes hops before what goes to PAIR1, and takes them off what comes from it', async () => {
    const [ada, ben, old] = await peersIn('pair1', 'pair1', 'pair1', 'pair');
    const page = await connect('pair1');
    await evict('pair1');
    ada.say("00000001 'a'");
    expect(await ben.hear()).toBe(`00 00 00 02 ${text('a')}`);
    expect([await old.hear(), await page.next()]).toEqual([text('a'), bytes("'a'").buffer]);
    page.send('p');
    expect([await ben.hear(), await old.hear()]).toEqual([`00 00 00 01 ${text('p')}`, text('p')]);
  });
});

it('ends connections without a Close where a peer can not be restored', async () => {
  const [[sub], page] = [await peersIn('version', 'sub'), await connect('version')];
  await runInDurableObject(ROOM.getByName('version'), (_, ctx) => {
    for (const socket of ctx.getWebSockets()) socket.serializeAttachment(new TextEncoder().encode('{"version":0}'));
  });
  await evict('version');
  await ROOM.getByName('version')
    .list()
    .catch(() => {});
  expect([await sub.hear(), await page.next()]).toMatchObject([{ code: 1006 }, { code: 1006 }]);
});
