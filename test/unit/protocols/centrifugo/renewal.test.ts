import { describe, expect, it } from 'vitest';
import { centrifugo } from '../../../../src/protocols/centrifugo/centrifugo.ts';
import { JWKS, NOW } from '../../../support/tokens.ts';
import { codeOf, Speaker } from './speaker.ts';
import { createTokenRoom, enter, tokenFor, tokenOn } from './token-room.ts';

const refresh = (token: string) => ({ refresh: { token } });
const closeOf = ({ socket }: Speaker) => socket.closed?.code;
const endOf = ({ connection }: Speaker) => connection.record.expiresAt;

describe('a connection with a token', () => {
  it('is told when the token expires, and ends 25 seconds later', async () => {
    const { hub, port, passTo } = createTokenRoom();
    const ann = await enter(hub, { exp: NOW + 60 });
    // Clocks may differ by five seconds.
    expect(ann.hello).toEqual({ connect: { client: ann.id, version: 'signalbox', expires: true, ttl: 65 } });
    expect([endOf(ann), port.wakeUps]).toEqual([(NOW + 90) * 1000, [(NOW + 90) * 1000]]);
    passTo(NOW + 89);
    hub.wake();
    expect(closeOf(ann)).toBeUndefined();
    passTo(NOW + 90);
    hub.wake();
    expect(closeOf(ann)).toBe(3005);
  });

  it('goes by how far clocks may differ', async () => {
    const { hub } = createTokenRoom({ clockTolerance: 0 });
    const late = new Speaker(hub);
    expect(codeOf(await late.request({ connect: { token: await tokenFor({ exp: NOW }) } }))).toBe(109);
    expect((await enter(hub, { exp: NOW + 1 })).hello).toMatchObject({ connect: { ttl: 1 } });
  });

  it('goes on with another token of the same user, and is kept so', async () => {
    const { hub, port, passTo } = createTokenRoom();
    const ann = await enter(hub, { exp: NOW + 60 });
    passTo(NOW + 65);
    const reply = await ann.request(refresh(await tokenFor({ exp: NOW + 120 })));
    expect(reply).toEqual({ refresh: { client: ann.id, version: 'signalbox', expires: true, ttl: 60 } });
    expect(port.kept.get(ann.id)?.expiresAt).toBe((NOW + 150) * 1000);
    expect(await ann.request(refresh(await tokenFor()))).toEqual({
      refresh: { client: ann.id, version: 'signalbox' },
    });
    expect(endOf(ann)).toBeNull();
  });

  it('changes nothing else with another token', async () => {
    const { hub } = createTokenRoom();
    const ann = await enter(hub, { exp: NOW + 60, info: 1 });
    const { identity, grants } = ann.connection.record;
    await ann.request(refresh(await tokenFor({ info: 2, permissions: [], channels: ['a'] })));
    expect(ann.connection.record).toMatchObject({ identity, grants, subscriptions: [] });
  });

  it.each<[string, number, () => Promise<string>]>([
    ['of another user', 3500, () => tokenFor({ sub: 'eve' })],
    ['of nobody', 3500, () => tokenFor({ sub: undefined })],
    ['for one channel only', 3500, () => tokenOn('a')],
    ['that is none', 3500, async () => 'nonsense'],
    ['that has expired too', 3005, () => tokenFor({ exp: NOW - 5 })],
  ])('is closed when it shows one %s', async (_, code, make) => {
    const { hub } = createTokenRoom();
    const ann = await enter(hub, { exp: NOW + 60 });
    await ann.say(refresh(await make()));
    expect([closeOf(ann), ann.lines()]).toEqual([code, []]);
  });

  it('of nobody in particular is not renewed by somebody', async () => {
    const { hub } = createTokenRoom({ required: false });
    for (const guest of [Speaker.connect(hub), await enter(hub, { sub: undefined })]) {
      await guest.say(refresh(await tokenFor({ sub: 'ann' })));
      expect(closeOf(guest)).toBe(3500);
    }
  });

  it('may ask again where nobody can check a token right now', async () => {
    const { hub } = createTokenRoom({ algorithms: ['ES256'], secret: undefined, jwks: JWKS });
    const ann = Speaker.connect(hub, { identity: { userId: 'ann', claims: {} } });
    expect(codeOf(await ann.request(refresh(await tokenFor())))).toBe(100);
    expect(closeOf(ann)).toBeUndefined();
  });

  it('is not renewed with nothing, nor where nobody looks at tokens', async () => {
    const { hub } = createTokenRoom();
    const ann = await enter(hub);
    expect(codeOf(ann.ask(refresh('')))).toBe(107);
    hub.tokens = null;
    expect(codeOf(ann.ask(refresh(await tokenFor())))).toBe(108);
  });

  it('that ends far in the future is told so in numbers that all clients have', async () => {
    const { hub } = createTokenRoom();
    const ann = await enter(hub, { exp: 9_999_999_999 });
    expect(ann.hello).toMatchObject({ connect: { expires: true, ttl: 2_147_483_647 } });
    expect(endOf(ann)).toBe(10_000_000_029_000);
  });
});

describe('a connection that the edge knows', () => {
  const edge = { identity: { userId: 'ann', claims: {} }, expiresAt: (NOW + 60) * 1000 };

  it('is not asked to renew what it has no token for, and ends when the edge said', () => {
    const { hub, passTo } = createTokenRoom();
    const ann = new Speaker(hub, edge);
    expect(ann.ask({ connect: {} })).toEqual({ connect: { client: ann.id, version: 'signalbox' } });
    passTo(NOW + 60);
    hub.wake();
    expect(closeOf(ann)).toBe(3005);
  });

  it('ends when its token does, where it shows one', async () => {
    const ann = await enter(createTokenRoom().hub, { exp: NOW + 600 }, edge);
    expect(endOf(ann)).toBe((NOW + 630) * 1000);
  });
});

describe('somebody unknown in a room that wants to know', () => {
  const arrive = (hub: ReturnType<typeof createTokenRoom>['hub'], changes = {}) => {
    const speaker = new Speaker(hub, changes);
    centrifugo.enter?.(hub, speaker.connection);
    return speaker;
  };

  it('has 25 seconds to show a token', async () => {
    const { hub, port, passTo } = createTokenRoom();
    const [silent, late] = [arrive(hub), arrive(hub)];
    expect(port.wakeUps).toContain((NOW + 25) * 1000);
    passTo(NOW + 24);
    await late.request({ connect: { token: await tokenFor() } });
    passTo(NOW + 25);
    hub.wake();
    expect([silent, late].map(closeOf)).toEqual([3005, undefined]);
    expect(endOf(late)).toBeNull();
  });

  it('is not given more by a room that slept meanwhile', () => {
    const { hub, passTo } = createTokenRoom();
    const silent = arrive(hub);
    passTo(NOW + 20);
    centrifugo.enter?.(hub, silent.connection);
    expect(endOf(silent)).toBe((NOW + 25) * 1000);
  });

  it('is in no hurry where no token is needed, or the edge knows it', () => {
    const { hub, port } = createTokenRoom({ required: false });
    arrive(hub);
    arrive(createTokenRoom().hub, { identity: { userId: 'ann', claims: {} } });
    expect(port.wakeUps).toEqual([]);
  });
});
