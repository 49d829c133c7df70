import { describe, expect, it } from 'vitest';
import { DEFAULT_CHANNEL_OPTIONS } from '../../../src/config/channels.ts';
import { ENCODERS } from '../../../src/protocols/protocol.ts';
import { Hub } from '../../../src/room/hub.ts';
import { mayPublish } from '../../../src/room/rights.ts';
import { type AdmissionChanges, createAdmission } from '../../support/admission.ts';
import { createMember, createStores, ManualPort } from '../../support/members.ts';

const NAMESPACES = { '': DEFAULT_CHANNEL_OPTIONS, gone: DEFAULT_CHANNEL_OPTIONS };

function createHub() {
  const port = new ManualPort();
  const hub = new Hub(port, ENCODERS, createStores(), NAMESPACES);
  const join = (changes: AdmissionChanges = {}) => {
    const member = createMember({ protocol: 'centrifugo', ...changes });
    hub.join(member.connection);
    return member;
  };
  return { port, hub, join };
}

const user = (userId: string) => ({ userId, claims: {} });
const known = (userId: string, expiresAt: number | null = null) => ({ identity: user(userId), grants: [], expiresAt });
const subscription = (channel: string, expiresAt?: number) => ({ channel, joinLeave: false, expiresAt });
const pushesTo = ({ socket }: { socket: { sent: unknown[] } }) => socket.sent.map((frame) => JSON.parse(String(frame)));

describe('a member that turns out to be somebody', () => {
  it('is that user from then on, with what it may do and until when', () => {
    const { hub, port, join } = createHub();
    const ada = join();
    expect(hub.identify(ada.connection, known('ada', 5000))).toBe(true);
    expect(ada.connection.record).toMatchObject(known('ada', 5000));
    expect(hub.find({ userId: 'ada' })).toEqual([ada.connection]);
    expect([mayPublish(hub, ada.connection), port.wakeUps, hub.size]).toEqual([false, [5000], 1]);
  });

  it('counts for that user, and no longer for the one it was', () => {
    const { hub, join } = createHub();
    const limits = { maxConnectionsPerUser: 1 };
    const [ada, ben] = [join({ limits, identity: user('ada') }), join({ limits })];
    expect(hub.identify(ben.connection, known('ada'))).toBe(false);
    expect([ben.connection.record.identity, hub.size]).toEqual([null, 2]);
    expect(hub.identify(ada.connection, known('ada'))).toBe(true);
    expect(hub.identify(ada.connection, known('eve'))).toBe(true);
    expect(hub.identify(ben.connection, known('ada'))).toBe(true);
    const code = (userId: string) => hub.checkRoom(createAdmission({ identity: user(userId), limits }))?.code;
    expect(['ada', 'eve', 'cid'].map(code)).toEqual([
      'ERR_TOO_MANY_CONNECTIONS',
      'ERR_TOO_MANY_CONNECTIONS',
      undefined,
    ]);
    hub.leave(ben.connection);
    expect(code('ada')).toBeUndefined();
  });

  it('may be nobody in particular as often as the room has places', () => {
    const { hub, join } = createHub();
    const limits = { maxConnectionsPerUser: 1 };
    for (const { connection } of [join({ limits }), join({ limits })])
      expect(hub.identify(connection, known(''))).toBe(true);
  });
});

describe('a membership', () => {
  it('ends at another time where that is said, or not at all', () => {
    const { hub, port, join } = createHub();
    const [ada, ben] = [join({ expiresAt: 1000 }), join({ expiresAt: 1000 })];
    hub.prolong(ada.connection, 2000);
    hub.prolong(ben.connection, null);
    expect(port.kept.get(ada.connection.record.id)?.expiresAt).toBe(2000);
    port.time = 1000;
    hub.wake();
    expect([ada.socket.closed, port.wakeUps.at(-1)]).toEqual([null, 2000]);
    port.time = 2000;
    hub.wake();
    expect([ada.socket.closed?.code, ben.socket.closed]).toEqual([3005, null]);
  });
});

describe('what is kept of a member', () => {
  it('is not written again once it has left, as one that reads too slowly does in the middle of what it is told', () => {
    const { hub, port, join } = createHub();
    const { connection, socket } = join();
    for (const channel of ['a', 'b', 'c']) hub.addSubscription(connection, subscription(channel));
    port.onLeft = ({ record }) => port.kept.delete(record.id);
    socket.bufferedAmount = Number.POSITIVE_INFINITY;
    hub.removeFrom(connection);
    expect([connection.open, port.kept.size]).toEqual([false, 0]);
  });
});

describe('a subscription with an end', () => {
  it('asks for a wake-up, and ends then; others go on', () => {
    const { hub, port, join } = createHub();
    const ada = join();
    hub.addSubscription(ada.connection, subscription('a', 1000));
    hub.addSubscription(ada.connection, subscription('b', 2000));
    hub.addSubscription(ada.connection, subscription('c'));
    expect([port.wakeUps, hub.nextExpiry]).toEqual([[1000, 2000], 1000]);
    port.time = 1000;
    hub.wake();
    expect(pushesTo(ada)).toEqual([
      { push: { channel: 'a', unsubscribe: { code: 2501, reason: 'subscription expired' } } },
    ]);
    expect([[...ada.connection.channels], port.wakeUps.at(-1)]).toEqual([['b', 'c'], 2000]);
  });

  it('is remembered by a room that slept', () => {
    const { hub, port, join } = createHub();
    const ada = join();
    hub.addSubscription(ada.connection, subscription('a', 1000));
    const again = createHub();
    const { connection, socket } = createMember({ protocol: 'centrifugo' });
    Object.assign(connection.record, port.kept.get(ada.connection.record.id));
    again.hub.restore(connection);
    again.port.time = 1000;
    again.hub.wake();
    expect([connection.record.subscriptions, socket.sent.length]).toEqual([[], 1]);
  });

  it('ends also where there can be no such channel any more, so that nobody is woken for it for ever', () => {
    const { hub, port, join } = createHub();
    const { connection, socket } = createMember({ protocol: 'centrifugo' });
    hub.namespaces = { '': DEFAULT_CHANNEL_OPTIONS };
    connection.record.subscriptions = [subscription('gone:a', 1000)];
    hub.restore(connection);
    join();
    port.time = 1000;
    hub.wake();
    expect([connection.record.subscriptions, hub.nextExpiry, port.wakeUps]).toEqual([[], null, []]);
    expect(socket.sent).toHaveLength(1);
  });

  it('needs no end of its own where the connection ends', () => {
    const { hub, port, join } = createHub();
    const ada = join({ expiresAt: 1000 });
    hub.addSubscription(ada.connection, subscription('a', 1000));
    const kept = port.kept.get(ada.connection.record.id);
    port.time = 1000;
    hub.wake();
    expect([ada.socket.closed?.code, ada.socket.sent]).toEqual([3005, []]);
    expect(port.kept.get(ada.connection.record.id)).toEqual(kept);
  });

  it('that is renewed ends later, and is told to nobody', () => {
    const { hub, port, join } = createHub();
    const ada = join();
    hub.addSubscription(ada.connection, subscription('a', 1000));
    hub.keepSubscription(ada.connection, subscription('a', 2000));
    port.time = 1000;
    hub.wake();
    expect([ada.socket.sent, [...ada.connection.channels]]).toEqual([[], ['a']]);
  });
});
