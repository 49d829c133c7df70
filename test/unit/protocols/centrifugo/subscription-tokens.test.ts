import { describe, expect, it } from 'vitest';
import { JWKS, NOW, SECRET, sign } from '../../../support/tokens.ts';
import { codeOf, publish, Speaker, subscribe, unsubscribe } from './speaker.ts';
import { createTokenRoom, enter, tokenOn } from './token-room.ts';

const CHANNEL = 'private:a';
const endOf = (speaker: Speaker, channel = CHANNEL) =>
  speaker.connection.record.subscriptions.find((subscription) => subscription.channel === channel)?.expiresAt;
const refresh = (token: string, channel = CHANNEL) => ({ sub_refresh: { channel, token } });

describe('a subscription token', () => {
  it('is what a channel may want, and permission enough', async () => {
    const { hub } = createTokenRoom({ permissions: [] });
    const ann = await enter(hub);
    expect(codeOf(ann.ask(subscribe(CHANNEL)))).toBe(103);
    expect(await ann.request(subscribe(CHANNEL, { token: await tokenOn(CHANNEL) }))).toEqual({ subscribe: {} });
    expect(codeOf(ann.ask(publish(CHANNEL, 1)))).toBe(103);
  });

  it('is good for other channels too, where nothing else permits them', async () => {
    const { hub } = createTokenRoom({ permissions: [] });
    const ann = await enter(hub);
    expect(codeOf(ann.ask(subscribe('a')))).toBe(103);
    expect(await ann.request(subscribe('a', { token: await tokenOn('a') }))).toEqual({ subscribe: {} });
  });

  it('says what others get to know of a member on that channel', async () => {
    const { hub } = createTokenRoom();
    const ann = await enter(hub, { info: 'i' });
    await ann.request(subscribe(CHANNEL, { token: await tokenOn(CHANNEL, { info: { seat: 7 } }) }));
    const who = { user: 'ann', client: ann.id, conn_info: 'i', chan_info: { seat: 7 } };
    ann.ask(publish(CHANNEL, 1));
    expect(ann.pushes).toEqual([{ push: { channel: CHANNEL, pub: { data: 1, info: who } } }]);
    ann.connection.record.grants = [{ channel: '*', allow: ['presence'] }];
    expect(ann.ask({ presence: { channel: CHANNEL } })).toEqual({ presence: { presence: { [ann.id]: who } } });
  });

  it.each<[string, () => Promise<string>]>([
    ['of another user', () => tokenOn(CHANNEL, { sub: 'eve' })],
    ['of nobody', () => tokenOn(CHANNEL, { sub: undefined })],
    ['for another channel', () => tokenOn('private:b')],
    ['for a channel that is spelt otherwise', () => tokenOn('private:A')],
    ['for no channel', () => sign({}, SECRET)],
    ['for a list of channels', () => sign({ channel: [CHANNEL] }, SECRET)],
    ['signed with another secret', () => sign({ channel: CHANNEL }, 'some other secret, also long enough')],
    ['that is no token', async () => 'nonsense'],
  ])('%s is no permission, and the connection goes on', async (_, make) => {
    const { hub } = createTokenRoom();
    const ann = await enter(hub);
    expect(codeOf(await ann.request(subscribe(CHANNEL, { token: await make() })))).toBe(103);
    expect([hub.isSubscribed(ann.connection, CHANNEL), ann.socket.closed]).toEqual([false, null]);
  });

  it.each(['history', 'presence', 'presence_stats'])(
    'is what a channel wants of who asks for its %s too, for as long as it is subscribed',
    async (method) => {
      const [channel, ask] = ['closed:a', { [method]: { channel: 'closed:a', limit: 1 } }];
      const ann = await enter(createTokenRoom().hub);
      expect(codeOf(ann.ask(ask))).toBe(103);
      await ann.request(subscribe(channel, { token: await tokenOn(channel) }));
      expect(ann.ask(ask)).toHaveProperty(method);
      ann.ask(unsubscribe(channel));
      expect(codeOf(ann.ask(ask))).toBe(103);
    },
  );

  it('of nobody is for those of whom nobody knows who they are', async () => {
    const { hub } = createTokenRoom({ required: false });
    const guests = [Speaker.connect(hub), await enter(hub, { sub: undefined })];
    for (const guest of guests) {
      const token = await tokenOn(CHANNEL, { sub: undefined });
      expect(await guest.request(subscribe(CHANNEL, { token }))).toEqual({ subscribe: {} });
      expect(codeOf(await guest.request(subscribe('private:b', { token: await tokenOn('private:b') })))).toBe(103);
    }
  });

  it('that has expired is told so', async () => {
    const ann = await enter(createTokenRoom().hub);
    expect(codeOf(await ann.request(subscribe(CHANNEL, { token: await tokenOn(CHANNEL, { exp: NOW - 5 }) })))).toBe(
      109,
    );
  });

  it('that nobody can check right now is worth trying again', async () => {
    const { hub } = createTokenRoom({ algorithms: ['ES256'], secret: undefined, jwks: JWKS });
    const ann = Speaker.connect(hub, { identity: { userId: 'ann', claims: {} } });
    expect(await ann.request(subscribe(CHANNEL, { token: await tokenOn(CHANNEL) }))).toMatchObject({
      error: { code: 100, temporary: true },
    });
  });

  it('opens no channel that there can not be', async () => {
    const ann = await enter(createTokenRoom().hub);
    expect(codeOf(await ann.request(subscribe('nowhere:a', { token: await tokenOn('nowhere:a') })))).toBe(102);
  });

  it('says no more of a member than fits beside the rest', async () => {
    const ann = await enter(createTokenRoom().hub);
    const ask = async (length: number) => {
      const token = await tokenOn(CHANNEL, { info: 'x'.repeat(length) });
      return codeOf(await ann.request(subscribe(CHANNEL, { token })));
    };
    // `[{"channel":"private:a","joinLeave":false,"info":""}]` has 53 bytes.
    expect(await ask(6948)).toBe(106);
    expect(await ask(6947)).toBeUndefined();
  });
});

describe('a subscription that ends', () => {
  const until = (exp: number, claims: object = {}) => tokenOn(CHANNEL, { exp, ...claims });

  it('tells the client when to come with a new token, and ends 25 seconds later', async () => {
    const { hub, port, passTo } = createTokenRoom();
    const ann = await enter(hub);
    const reply = await ann.request(subscribe(CHANNEL, { token: await until(NOW + 60) }));
    expect(reply).toEqual({ subscribe: { expires: true, ttl: 65 } });
    expect(port.wakeUps).toEqual([(NOW + 90) * 1000]);
    passTo(NOW + 89);
    hub.wake();
    expect(ann.lines()).toEqual([]);
    passTo(NOW + 90);
    hub.wake();
    const end = { code: 2501, reason: 'subscription expired' };
    expect(ann.lines()).toEqual([{ push: { channel: CHANNEL, unsubscribe: end } }]);
    expect([port.kept.get(ann.id)?.subscriptions, hub.subscribersOf(CHANNEL)]).toEqual([[], []]);
    expect(codeOf(ann.ask({ ping: {} }))).toBeUndefined();
  });

  it('is renewed with another token, which also says anew what others get to know', async () => {
    const { hub, port, passTo } = createTokenRoom();
    const ann = await enter(hub);
    await ann.request(subscribe(CHANNEL, { token: await until(NOW + 60, { info: 1 }) }));
    passTo(NOW + 65);
    expect(await ann.request(refresh(await until(NOW + 120, { info: 2 })))).toEqual({
      sub_refresh: { expires: true, ttl: 60 },
    });
    expect(port.kept.get(ann.id)?.subscriptions).toEqual([
      { channel: CHANNEL, joinLeave: false, info: 2, expiresAt: (NOW + 150) * 1000 },
    ]);
    expect(await ann.request(refresh(await tokenOn(CHANNEL)))).toEqual({ sub_refresh: {} });
    expect(endOf(ann)).toBeUndefined();
  });

  it.each<[string, number, () => Promise<string>]>([
    ['another user', 103, () => until(NOW + 600, { sub: 'eve' })],
    ['another channel', 103, () => tokenOn('private:b')],
    ['nobody who signs here', 103, () => sign({ channel: CHANNEL }, 'some other secret, also long enough')],
    ['no one', 103, async () => ''],
    ['a time that is over', 109, () => until(NOW - 60)],
    ['somebody of whom there is too much to tell', 106, () => until(NOW + 600, { info: 'x'.repeat(7000) })],
  ])('is not renewed with a token of %s', async (_, code, make) => {
    const { hub } = createTokenRoom();
    const ann = await enter(hub);
    await ann.request(subscribe(CHANNEL, { token: await until(NOW + 60) }));
    expect(codeOf(await ann.request(refresh(await make())))).toBe(code);
    expect(endOf(ann)).toBe((NOW + 90) * 1000);
  });

  it('is not renewed where there is none, nor where the server made it', async () => {
    const { hub } = createTokenRoom();
    const ann = await enter(hub, { channels: [CHANNEL] });
    expect(codeOf(await ann.request(refresh(await tokenOn('private:b'), 'private:b')))).toBe(103);
    expect(codeOf(await ann.request(refresh(await tokenOn(CHANNEL))))).toBe(103);
  });

  it('is not renewed where nobody looks at tokens', async () => {
    const { hub } = createTokenRoom();
    hub.tokens = null;
    expect(codeOf(Speaker.connect(hub).ask(refresh('t')))).toBe(108);
  });

  it('that is left while its new token is checked stays left', async () => {
    const { hub } = createTokenRoom();
    const ann = await enter(hub);
    await ann.request(subscribe(CHANNEL, { token: await until(NOW + 60) }));
    const done = ann.say(refresh(await until(NOW + 600)));
    hub.removeFrom(ann.connection, CHANNEL);
    await done;
    expect(ann.lines().map(codeOf)).toEqual([undefined, 103]);
    expect(ann.connection.record.subscriptions).toEqual([]);
  });

  it('far in the future is told in numbers that all clients have', async () => {
    const ann = await enter(createTokenRoom().hub);
    const reply = await ann.request(subscribe(CHANNEL, { token: await until(1e15) }));
    expect(reply).toEqual({ subscribe: { expires: true, ttl: 2_147_483_647 } });
  });
});

describe('the replies to one frame', () => {
  it('come before what others publish while a token of the same frame is checked', async () => {
    const { hub } = createTokenRoom();
    const [ann, ben] = [await enter(hub), await enter(hub, { sub: 'ben' })];
    const done = ann.say(subscribe('a'), subscribe(CHANNEL, { token: await tokenOn(CHANNEL) }));
    ben.ask(publish('a', 1));
    await done;
    const what = ann.lines().map(({ id: _, ...rest }) => Object.keys(rest)[0]);
    expect(what).toEqual(['subscribe', 'push', 'subscribe']);
  });

  it('are still given after one of them went wrong', async () => {
    const ann = await enter(createTokenRoom().hub);
    await ann.say(subscribe(CHANNEL, { token: 'x' }), unsubscribe('a'), { ping: {} });
    expect(ann.lines().map(codeOf)).toEqual([103, undefined, undefined]);
  });
});
