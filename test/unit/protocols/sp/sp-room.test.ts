/** The device of a room among its members, in plain Node. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_CHANNEL_OPTIONS, type Namespaces } from '../../../../src/config/channels.ts';
import type { AdmissionChanges } from '../../../support/admission.ts';
import type { Member } from '../../../support/members.ts';
import { bytes } from '../../../support/sp.ts';
import { createRoom, heard, text } from '../../../support/sp-room.ts';

describe('a worker that can take nothing', () => {
  it('loses its connection, and no request', () => {
    const { peer, say } = createRoom();
    const [first, second, req] = [peer('rep'), peer('rep'), peer('req')];
    first.socket.onSend = () => {
      throw new TypeError('closed');
    };
    say(req, bytes("80000001 'q'"));
    expect(first.socket.closed?.code).toBe(1011);
    expect(heard(second)).toEqual([`00 00 00 03 80 00 00 01 ${text('q')}`]);
  });

  it('loses neither where it is a peer that is too slow, and its connection where it is a page', () => {
    const { peer, join, say } = createRoom();
    const [page, rep, req] = [join({ protocol: 'sp_text' }), peer('rep'), peer('req')];
    say(page, '{"serve":true}');
    for (const { socket } of [page, rep]) socket.bufferedAmount = 5 * 1024 * 1024;
    say(req, bytes("80000001 'q'"));
    expect([page.socket.closed?.code, rep.socket.closed]).toEqual([3008, null]);
    expect(heard(peer('rep'))).toEqual([`00 00 00 03 80 00 00 01 ${text('q')}`]);
  });
});

describe('a peer that reads too slowly', () => {
  const MIB = 1024 * 1024;

  it.each([
    ['pub', 'sub'],
    ['bus', 'bus'],
    ['pair', 'pair'],
    ['pair1', 'pair1'],
    ['surveyor', 'respondent'],
  ] as const)('misses what is more than may wait for it, and no Close ends it: from %s to %s', (from, to) => {
    const { peer, say } = createRoom();
    const [speaker, slow] = [peer(from), peer(to)];
    const most = 4 * MIB;
    const heardWith = [most, most + 1, most, 0].map((bufferedAmount) => {
      slow.socket.bufferedAmount = bufferedAmount;
      say(speaker, bytes(from === 'pair1' ? "00000001 'a'" : "80000001 'a'"));
      return slow.socket.sent.length;
    });
    expect([heardWith, slow.socket.closed]).toEqual([[1, 1, 2, 3], null]);
  });

  it('misses less or more where the route says so', () => {
    const { peer, say } = createRoom();
    const [pub, sub] = [peer('pub'), peer('sub', { limits: { maxBufferedBytes: 10 } })];
    for (const bufferedAmount of [10, 11]) {
      sub.socket.bufferedAmount = bufferedAmount;
      say(pub, bytes("'a'"));
    }
    expect([heard(sub), sub.socket.closed]).toEqual([[text('a')], null]);
  });
});

describe('rights', () => {
  const listener: AdmissionChanges = { grants: [{ channel: 'main', allow: ['subscribe'] }] };

  it('cost who speaks without them its connection, and it is not heard', () => {
    const { peer, join, say } = createRoom();
    const [bus, other, page] = [peer('bus', listener), peer('bus'), join({})];
    say(bus, bytes("'a'"));
    expect([bus.socket.closed?.code, other.socket.sent, page.socket.sent]).toEqual([3507, [], []]);
    const asking = join({ protocol: 'sp_text', ...listener });
    say(asking, '{"ask":"q","id":1}');
    expect(asking.socket.closed?.code).toBe(3507);
  });

  it('keep who may not listen off the channel, and from being asked', () => {
    const { peer, join, say } = createRoom();
    const speaker: AdmissionChanges = { grants: [{ channel: 'main', allow: ['publish'] }] };
    const [bus, other, page] = [peer('bus', speaker), peer('bus'), join({ protocol: 'sp_text', ...speaker })];
    say(other, bytes("'a'"));
    say(bus, bytes("'b'"));
    say(page, '{"serve":true}');
    expect([heard(bus), heard(other), page.socket.closed?.code]).toEqual([[], [text('b')], 3507]);
  });

  it('are those of now: a channel may be closed to members while they are on it', () => {
    const { hub, peer, say } = createRoom();
    const [pub, push, pull] = [peer('pub'), peer('push'), peer('pull')];
    hub.namespaces = { '': { ...DEFAULT_CHANNEL_OPTIONS, publish: 'api' } } satisfies Namespaces;
    say(pub, bytes("'a'"));
    say(push, bytes("'b'"));
    expect([pub.socket.closed?.code, heard(pull)]).toEqual([3507, [text('b')]]);
  });
});

describe('a PUB', () => {
  it('is on no channel, and is told nothing by anybody', () => {
    const { hub, peer, join, say } = createRoom();
    const [pub, push, sub] = [peer('pub'), peer('push'), peer('sub')];
    hub.publish('main', { data: 'text', json: false, publisher: null, tags: null });
    say(join({ echo: true }), 'page');
    say(pub, bytes("'a'"));
    expect(heard(sub)).toEqual([text('text'), text('page'), text('a')]);
    expect([pub.socket.sent, push.socket.sent, [...pub.connection.channels]]).toEqual([[], [], []]);
  });
});

describe('after the room slept', () => {
  it('peers have the places that they had, in whichever order they are found again', () => {
    const before = createRoom();
    const peers = [before.peer('pair'), before.peer('pair'), before.peer('pair')] as const;
    const after = createRoom();
    const [third, ben, ada] = after.restore([peers[2], peers[1], peers[0]]);
    after.say(third, bytes("'unheard'"));
    after.say(ada, bytes("'a'"));
    expect([heard(ada), heard(ben), heard(third)]).toEqual([[], [text('a')], []]);
  });

  it('a page that served serves, and one that did no more does not', () => {
    const before = createRoom();
    const pages = [before.join({ protocol: 'sp_text' }), before.join({ protocol: 'sp_text' })] as const;
    for (const page of pages) before.say(page, '{"serve":true}');
    before.say(pages[1], '{"serve":false}');
    const after = createRoom();
    const [other, one, req] = after.restore([pages[1], pages[0], before.peer('req')]);
    for (const id of ['80000001', '80000002']) after.say(req, bytes(`${id} 'q'`));
    expect([one.socket.sent.length, other.socket.sent.length]).toEqual([2, 0]);
  });

  it('what a REQ asked that left meanwhile is forgotten, and what others asked is asked anew', () => {
    const before = createRoom();
    const [gone, stays] = [before.peer('req'), before.peer('req')];
    for (const req of [gone, stays]) before.say(req, bytes("80000001 'q'"));
    const after = createRoom(before.requests);
    after.restore([stays]);
    expect(after.requests.list()).toHaveLength(1);
    expect(heard(after.peer('rep'))).toEqual([`00 00 00 02 80 00 00 01 ${text('q')}`]);
  });

  it('what waited too long is given up by the alarm, though nobody is there', () => {
    const before = createRoom();
    before.say(before.peer('push'), bytes("'job'"));
    const after = createRoom(before.requests, before.pushed);
    after.port.time = before.port.wakeUps.at(-1) ?? 0;
    after.sp.wake();
    expect(after.pushed.list()).toEqual([]);
  });
});

describe('rooms in a ring', () => {
  it('let a message of PAIR1 go round until it made too many hops', () => {
    const rooms = [createRoom(), createRoom()] as const;
    // Two devices of nng, each with a socket in both rooms, that pass on what comes in one to the other.
    const devices = [0, 1].map(() => rooms.map(({ peer }) => peer('pair1')));
    let passed = 0;
    for (const ends of devices) {
      ends.forEach((end, index) => {
        end.socket.onSend = (message) => {
          passed += 1;
          rooms[1 - index]?.say(ends[1 - index] as Member, new Uint8Array(message as ArrayBuffer));
        };
      });
    }
    rooms[0].say(rooms[0].join({}), 'hello');
    expect(passed).toBeGreaterThan(2);
    expect(passed).toBeLessThan(20);
  });
});
