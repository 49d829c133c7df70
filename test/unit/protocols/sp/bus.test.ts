import { describe, expect, it } from 'vitest';
import { PipeSet } from '../../../../src/protocols/sp/audience.ts';
import { Device } from '../../../../src/protocols/sp/device.ts';
import { MemoryStore } from '../../../../src/protocols/sp/store.ts';
import { bytes, Peer, SpRoom } from '../../../support/sp.ts';

describe('a bus', () => {
  it('carries what one says to all others and never back', () => {
    const room = new SpRoom();
    const members = [room.join('bus'), room.join('bus'), room.join('bus')] as const;
    room.say(members[1], "'a'");
    expect(members.map(({ heard }) => heard)).toEqual([['a'], [], ['a']]);
  });

  it('carries nothing to those of other patterns', () => {
    const room = new SpRoom();
    const [bus, sub, pair] = [room.join('bus'), room.join('sub'), room.join('pair')];
    room.say(bus, "'a'");
    expect([sub.sent, pair.sent]).toEqual([[], []]);
  });

  it('goes on after the room slept', () => {
    const room = new SpRoom();
    const [one, other] = [room.join('bus'), room.join('bus')];
    room.sleep();
    room.say(one, "'a'");
    expect([one.heard, other.heard]).toEqual([[], ['a']]);
  });
});

describe('a bus and a PUB that share an audience', () => {
  it('are heard by the same pipes', () => {
    const audience = new PipeSet();
    const device = new Device({
      clock: new SpRoom(),
      requests: new MemoryStore(),
      pushed: new MemoryStore(),
      audiences: { bus: audience, pubSub: audience },
    });
    const [pub, sub, bus] = [new Peer(1, 'pub'), new Peer(2, 'sub'), new Peer(3, 'bus')];
    device.restore([pub, sub, bus]);
    device.receive(pub, bytes("'p'"));
    device.receive(bus, bytes("'b'"));
    expect([pub.heard, sub.heard, bus.heard]).toEqual([[], ['p', 'b'], ['p']]);
  });
});
