import { describe, expect, it } from 'vitest';
import { ACTIONS, type Action } from '../../../../src/config/auth.ts';
import type { AdmissionChanges } from '../../../support/admission.ts';
import { codeOf, createRoom, history, publish, Speaker, subscribe, unsubscribe } from './speaker.ts';

const namesOf = (speaker: Speaker) => speaker.connection.record.subscriptions.map(({ channel }) => channel);

describe('a subscription', () => {
  it('is confirmed, kept, and gets what is published from then on', () => {
    const { hub, port } = createRoom();
    const [ada, ben] = [Speaker.connect(hub), Speaker.connect(hub)];
    ben.ask(publish('a', 'before'));
    expect(ada.ask(subscribe('a'))).toEqual({ subscribe: {} });
    expect(port.kept.get(ada.id)?.subscriptions).toEqual([{ channel: 'a', joinLeave: false }]);
    ben.ask(publish('a', 'after'));
    expect(ada.lines()).toEqual([
      { push: { channel: 'a', pub: { data: 'after', info: { user: '', client: ben.id } } } },
    ]);
  });

  it('is refused where it is there already, also twice in one frame', () => {
    const ada = Speaker.connect(createRoom().hub);
    ada.say(subscribe('a'), subscribe('a'));
    expect(ada.lines().map(codeOf)).toEqual([undefined, 105]);
    expect(codeOf(ada.ask(subscribe('a')))).toBe(105);
    expect(namesOf(ada)).toEqual(['a']);
  });

  it('that was refused leaves nothing behind', () => {
    const { hub, port } = createRoom();
    const ada = Speaker.connect(hub, { grants: [{ channel: 'a', allow: ['publish'] }] });
    expect(codeOf(ada.ask(subscribe('a')))).toBe(103);
    expect([hub.subscribersOf('a'), namesOf(ada), port.kept.get(ada.id)?.subscriptions]).toEqual([[], [], []]);
  });

  it('ends when it is left, is kept no longer, and can begin again', () => {
    const { hub, port } = createRoom();
    const [ada, ben] = [Speaker.connect(hub), Speaker.connect(hub)];
    for (const channel of ['a', 'b']) ada.ask(subscribe(channel));
    expect(ada.ask(unsubscribe('a'))).toEqual({ unsubscribe: {} });
    expect(port.kept.get(ada.id)?.subscriptions).toEqual([{ channel: 'b', joinLeave: false }]);
    ben.ask(publish('a', 1));
    expect(ada.lines()).toEqual([]);
    expect(ada.ask(subscribe('a'))).toEqual({ subscribe: {} });
    expect(namesOf(ada)).toEqual(['b', 'a']);
  });

  it.each(['never', 'nowhere:a', '__proto__'])('that was not there is left without complaint: %s', (channel) => {
    const ada = Speaker.connect(createRoom().hub);
    ada.ask(subscribe('a'));
    expect(ada.ask(unsubscribe(channel))).toEqual({ unsubscribe: {} });
    expect(namesOf(ada)).toEqual(['a']);
  });
});

describe('the subscriptions of a connection', () => {
  it('are 128 at most, and one that is left makes room for another', () => {
    const { hub } = createRoom();
    const ada = Speaker.connect(hub);
    ada.say(...Array.from({ length: 129 }, (_, i) => subscribe(`c${i}`)));
    expect(ada.lines().map(codeOf)).toEqual([...Array(128).fill(undefined), 106]);
    expect([namesOf(ada).length, hub.subscribersOf('c128')]).toEqual([128, []]);
    ada.ask(unsubscribe('c0'));
    expect(ada.ask(subscribe('c128'))).toEqual({ subscribe: {} });
  });

  it('take 7000 bytes at most, as they are kept', () => {
    const ada = Speaker.connect(createRoom().hub);
    const name = (length: number, index: number) => String(index).padStart(2, '0').padEnd(length, 'x');
    // Each takes 32 bytes beside its name, and a comma: so many of them leave 216 for the name of one more.
    for (let i = 0; i < 27; i++) expect(codeOf(ada.ask(subscribe(name(217, i))))).toBeUndefined();
    expect(ada.ask(subscribe(name(217, 99)))).toEqual({ error: { code: 106, message: 'limit exceeded' } });
    expect(ada.ask(subscribe(name(216, 99)))).toEqual({ subscribe: {} });
  });
});

describe('what a connection may do', () => {
  const commands: Record<Action, object> = {
    subscribe: subscribe('seen:a'),
    publish: publish('seen:a', 1),
    presence: { presence: { channel: 'seen:a' } },
    history: history('seen:a'),
  };

  it.each(ACTIONS)('is %s on the channels where it was granted that, and nothing else', (action) => {
    const ada = Speaker.connect(createRoom().hub, { grants: [{ channel: 'seen:*', allow: [action] }] });
    const codes = ACTIONS.map((other) => [other, codeOf(ada.ask(commands[other]))]);
    // The namespace keeps no history, which only those get to hear who may ask for it.
    const allowed = action === 'history' ? 108 : undefined;
    expect(codes).toEqual(ACTIONS.map((other) => [other, other === action ? allowed : 103]));
  });

  it('is told of the statistics of presence too', () => {
    const stats = { presence_stats: { channel: 'seen:a' } };
    const grant = (allow: Action): AdmissionChanges => ({ grants: [{ channel: '*', allow: [allow] }] });
    const { hub } = createRoom();
    expect(codeOf(Speaker.connect(hub, grant('subscribe')).ask(stats))).toBe(103);
    expect(Speaker.connect(hub, grant('presence')).ask(stats)).toEqual({
      presence_stats: { num_clients: 0, num_users: 0 },
    });
  });

  it('does not reach beyond the pattern of a grant', () => {
    const ada = Speaker.connect(createRoom().hub, { grants: [{ channel: 'seen:a*', allow: ACTIONS }] });
    expect(
      ['seen:a', 'seen:ab', 'seen:b', 'a', 'subscribers:a'].map((name) => codeOf(ada.ask(subscribe(name)))),
    ).toEqual([...[undefined, undefined, 103, 103, 103]]);
  });
});

describe('who is on a channel', () => {
  it('is listed by connection in the order of coming, with the user where there is one', () => {
    const { hub } = createRoom();
    const identity = { userId: 'ada', claims: { secret: true } };
    const speakers = [Speaker.connect(hub, { identity }), Speaker.connect(hub), Speaker.connect(hub, { identity })];
    for (const speaker of speakers) speaker.ask(subscribe('seen:a'));
    const { presence } = speakers[1]?.ask({ presence: { channel: 'seen:a' } }) ?? {};
    const [first, second, third] = speakers.map(({ id }) => id);
    expect(Object.entries((presence as { presence: object }).presence)).toEqual([
      [first, { user: 'ada', client: first }],
      [second, { user: '', client: second }],
      [third, { user: 'ada', client: third }],
    ]);
  });

  it('is counted by connection and by user, until it leaves', () => {
    const { hub } = createRoom();
    const as = (userId: string) => Speaker.connect(hub, { identity: { userId, claims: {} } });
    const [ada, again, ben] = [as('ada'), as('ada'), as('ben')];
    for (const speaker of [ada, again, ben]) speaker.ask(subscribe('seen:a'));
    const count = () => ada.ask({ presence_stats: { channel: 'seen:a' } }).presence_stats;
    expect(count()).toEqual({ num_clients: 3, num_users: 2 });
    hub.leave(ben.connection);
    again.ask(unsubscribe('seen:a'));
    expect(count()).toEqual({ num_clients: 1, num_users: 1 });
  });

  it.each(['presence', 'presence_stats'])('is not told by %s where the namespace does not say so', (method) => {
    const ada = Speaker.connect(createRoom().hub);
    expect(ada.ask({ [method]: { channel: 'a' } })).toEqual({ error: { code: 108, message: 'not available' } });
  });
});
