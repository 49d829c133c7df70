import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ROLES } from '../../../../src/config/sp-roles.ts';
import type { AdmissionChanges } from '../../../support/admission.ts';
import { bytes } from '../../../support/sp.ts';
import { createRoom } from '../../../support/sp-room.ts';

/** All that a member can be, twice: so that everybody has somebody to hear them. */
const KINDS: AdmissionChanges[] = [
  ...ROLES.map((role) => ({ protocol: role === 'pair1' ? 'sp_pair1' : 'sp', role }) as const),
  { protocol: 'sp_text' },
  { protocol: 'raw' },
];
const CROWD = [...KINDS, ...KINDS];

/** Words that mean something, with what is no word between them. */
const binary = fc
  .array(fc.constantFrom('80000001', '00000001', '00000002', '00000009', '00000100', 'ff', "'text'"), { maxLength: 11 })
  .map((parts) => bytes(parts.join(' ')));
/** What a page may say, and what only looks like it. */
const json = fc.record(
  {
    ask: fc.jsonValue(),
    answer: fc.jsonValue(),
    serve: fc.jsonValue(),
    id: fc.oneof(fc.nat(), fc.constantFrom('AAAAAYAAAAE=', 'AAAAAQ==', '', '?'), fc.jsonValue()),
    encoding: fc.constantFrom('base64', 'hex', null),
  },
  { requiredKeys: [] },
);
const said = fc.oneof(
  binary,
  fc.uint8Array({ maxLength: 20 }),
  fc.string(),
  json.map((value) => JSON.stringify(value)),
);
const frame = fc.record({ who: fc.nat({ max: CROWD.length - 1 }), said });

it('whatever frames come: nothing fails, and nobody is closed who sent none of them', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 40 }), (frames) => {
      const { join, say } = createRoom();
      const members = CROWD.map(join);
      for (const { who, said } of frames) {
        const member = members[who];
        if (member?.connection.open) say(member, said);
      }
      const senders = new Set(frames.map(({ who }) => who));
      expect(members.every(({ socket }, who) => socket.closed === null || senders.has(who))).toBe(true);
      const silent = members.filter(({ connection: { record } }) => record.role === 'pub' || record.role === 'push');
      expect(silent.flatMap(({ socket }) => socket.sent)).toEqual([]);
    }),
    { numRuns: 300, seed: 1 },
  );
});
