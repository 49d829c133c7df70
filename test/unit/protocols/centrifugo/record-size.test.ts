import { describe, expect, it } from 'vitest';
import { toPass } from '../../../../src/auth/pass.ts';
import { Rejected } from '../../../../src/config/errors.ts';
import { DEFAULT_LIMITS, MAX_LIMITS } from '../../../../src/config/limits.ts';
import { grantsIn } from '../../../../src/config/permissions.ts';
import type { ConnectionRecord } from '../../../../src/room/connection.ts';
import { utf8Length } from '../../../../src/util/text.ts';
import type { AdmissionChanges } from '../../../support/admission.ts';
import { codeOf, Speaker, subscribe } from './speaker.ts';
import { createTokenRoom, tokenFor } from './token-room.ts';

/** Bytes that a socket's attachment may have; what the runtime wraps around them takes a few. */
const ATTACHMENT = 16_384 - 64;

const sizeOf = (record: ConnectionRecord) => utf8Length(JSON.stringify(record));
const short = (count: number) => Array.from({ length: count }, () => ({ allow: ['publish'] as const }));
/** All that the edge decides, as long as it can be. */
const EDGE: AdmissionChanges = {
  limits: { ...DEFAULT_LIMITS, ...MAX_LIMITS },
  subprotocol: 'x'.repeat(100),
  address: '2001:db8:1111:2222::/64',
};

/** The largest number for which something is true, which is true of 0. */
async function largest(upTo: number, isGood: (count: number) => Promise<boolean> | boolean): Promise<number> {
  let [low, high] = [0, upTo];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (await isGood(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Subscribes somebody to as much as is allowed, and gives back what is kept of it then. */
function fill(speaker: Speaker): ConnectionRecord {
  speaker.connection.record.grants = [{ channel: '*', allow: ['subscribe'] }, ...speaker.connection.record.grants];
  for (let length = 255; length > 0; length--) {
    let name = 0;
    while (codeOf(speaker.ask(subscribe(String(name++).padEnd(length, 'x')))) !== 106);
  }
  return speaker.connection.record;
}

describe('what is kept of a connection fits in the attachment of its socket', () => {
  it.each<[string, (count: number) => object]>([
    ['permissions', (count) => ({ permissions: short(count) })],
    ['claims', (count) => ({ info: '"'.repeat(count) })],
    ['a user’s name', (count) => ({ sub: '\u0000'.repeat(256), info: 'é'.repeat(count) })],
  ])('where a token says as much as it may in %s', async (_, claimsOf) => {
    const { hub } = createTokenRoom();
    const login = async (count: number, changes: AdmissionChanges = {}) => {
      const speaker = new Speaker(hub, changes);
      await speaker.say({ connect: { token: await tokenFor({ ...claimsOf(count), exp: 1e14 }) } });
      return speaker;
    };
    const most = await largest(9000, async (count) => (await login(count)).connection.open);
    expect(most).toBeGreaterThan(200);
    const speaker = await login(most, { ...EDGE, limits: { ...EDGE.limits, maxConnectionsPerUser: 1000 } });
    expect(sizeOf(fill(speaker))).toBeLessThan(ATTACHMENT);
  });

  it('where the edge says as much as it may in permissions, each of which gets longer as it is kept', async () => {
    const pass = (count: number) => toPass({ userId: 'ann', claims: {}, permissions: short(count), expires: 1e14 }, []);
    const most = await largest(9000, (count) => !(pass(count) instanceof Rejected));
    const grants = grantsIn(short(most), 'room') ?? [];
    const identity = { userId: 'ann', claims: {} };
    const speaker = Speaker.connect(createTokenRoom().hub, { ...EDGE, identity, grants, expiresAt: 1e17 });
    expect(most).toBeGreaterThan(200);
    expect(sizeOf(fill(speaker))).toBeLessThan(ATTACHMENT);
  });

  it('where a token is added to all that the edge may say', async () => {
    const { hub } = createTokenRoom();
    const grants = grantsIn(short(200), 'room') ?? [];
    const edge = { ...EDGE, identity: { userId: 'ann', claims: {} }, grants };
    const login = async (count: number) => {
      const speaker = new Speaker(hub, edge);
      await speaker.say({ connect: { token: await tokenFor({ info: 'x'.repeat(count) }) } });
      return speaker;
    };
    const most = await largest(9000, async (count) => (await login(count)).connection.open);
    expect(most).toBeGreaterThan(500);
    expect(sizeOf(fill(await login(most)))).toBeLessThan(ATTACHMENT);
  });
});
