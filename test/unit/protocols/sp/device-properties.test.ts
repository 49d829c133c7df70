import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ROLES, type Role } from '../../../../src/config/sp-roles.ts';
import { type Peer, SpRoom } from '../../../support/sp.ts';

const LIMITS = {
  maxMessageBytes: 40,
  maxKeptMessages: 4,
  maxKeptBytes: 60,
  ttl: 3,
  requestTtlMs: 20,
  pushTtlMs: 30,
  retryMs: 10,
};

const KINDS = [
  'join',
  'say',
  'answer',
  'leave',
  'vanish',
  'get stuck',
  'slow down',
  'catch up',
  'sleep',
  'wake',
] as const;

/** Something that happens; `who` it happens to, of those who are in the room, and what else it needs. */
interface Step {
  kind: (typeof KINDS)[number];
  who: number;
  role: Role;
  message: Uint8Array;
}

/** Bytes that mean something: words of a backtrace or of hops, and what is nearly one. */
const part = fc.constantFrom(
  [128, 0, 0, 1],
  [0, 0, 0, 1],
  [0, 0, 0, 2],
  [0, 0, 0, 3],
  [0, 0, 0, 9],
  [0, 0, 1, 0],
  [255],
);
const message = fc.oneof(
  fc.array(part, { maxLength: 11 }).map((parts) => new Uint8Array(parts.flat())),
  fc.uint8Array({ maxLength: 44 }),
);

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...KINDS, 'join', 'join', 'say', 'say', 'say', 'answer'),
  who: fc.nat({ max: 50 }),
  role: fc.constantFrom(...ROLES),
  message,
});

/** Peers that are in the room, and all that ever were. */
class Crowd {
  readonly room = new SpRoom(LIMITS);
  readonly here: Peer[] = [];
  readonly ever: Peer[] = [];

  do({ kind, who, role, message }: Step): void {
    const peer = this.here[who % this.here.length];
    if (kind === 'join') this.join(role);
    else if (kind === 'sleep') this.room.sleep();
    else if (kind === 'wake') this.wake();
    else if (peer) this.#doTo(peer, kind, message);
    if (peer?.closed) this.leave(peer);
  }

  join(role: Role): void {
    const peer = this.room.join(role);
    this.here.push(peer);
    this.ever.push(peer);
  }

  wake(): void {
    this.room.time += 10;
    this.room.device.wake();
  }

  leave(peer: Peer): void {
    if (this.#drop(peer)) this.room.leave(peer);
  }

  #doTo(peer: Peer, kind: Step['kind'], message: Uint8Array): void {
    if (kind === 'say') this.room.device.receive(peer, message);
    else if (kind === 'answer') for (const sent of peer.sent.slice(-1)) this.room.device.receive(peer, sent);
    else if (kind === 'get stuck') peer.onSend = () => this.leave(peer);
    else if (kind === 'slow down') peer.slow = true;
    else if (kind === 'catch up') this.#catchUp(peer);
    else if (kind === 'leave') this.leave(peer);
    else if (this.#drop(peer)) {
      this.room.forget(peer);
      this.room.sleep();
    }
  }

  /** Nothing tells the room of it but the alarm. */
  #catchUp(peer: Peer): void {
    peer.slow = false;
    this.wake();
  }

  #drop(peer: Peer): boolean {
    const at = this.here.indexOf(peer);
    return at !== -1 && this.here.splice(at, 1).length > 0;
  }
}

/** What holds after every step. */
function check({ room, here, ever }: Crowd): void {
  expect(room.device.size).toBe(here.length);
  for (const store of [room.requests, room.pushed]) {
    const kept = store.list();
    expect(kept.length).toBeLessThanOrEqual(LIMITS.maxKeptMessages);
    expect(kept.reduce((sum, { message: { length } }) => sum + length, 0)).toBeLessThanOrEqual(LIMITS.maxKeptBytes);
  }
  for (const { role, sent } of ever) {
    if (role === 'pub' || role === 'push') expect(sent).toEqual([]);
    for (const { length } of sent) expect(length).toBeLessThanOrEqual(LIMITS.maxMessageBytes);
  }
  const ids = new Set(here.map(({ id }) => id));
  const workers = room.requests.list().flatMap(({ worker }) => worker ?? []);
  expect(workers.every((id) => ids.has(id))).toBe(true);
  const isAble = (wanted: Role) => here.some(({ role, slow }) => role === wanted && !slow);
  if (workers.length < room.requests.list().length) expect(isAble('rep')).toBe(false);
  if (room.pushed.list().length > 0) expect(isAble('pull')).toBe(false);
}

it('whatever joins, leaves, says and sleeps: nothing fails, nothing outgrows its bounds, no PUB and no PUSH gets a byte', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const crowd = new Crowd();
      for (const given of steps) {
        crowd.do(given);
        check(crowd);
      }
    }),
    { numRuns: 2000, seed: 1 },
  );
});
