import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { peerOf, ROLES, type Role, roleOf, subprotocolOf } from '../../src/config/sp-roles.ts';
import { DEFAULT_SP_LIMITS } from '../../src/protocols/sp/limits.ts';
import { relayPair1 } from '../../src/protocols/sp/pair.ts';
import { backtraceOf, dropWord, firstWord, pushWord } from '../../src/protocols/sp/words.ts';
import { bytes, hex, SpRoom, word } from '../support/sp.ts';

const RUNS = { numRuns: 1000, seed: 1 };
const anyBytes = fc.uint8Array({ maxLength: 64 });
const anyWord = fc.nat({ max: 0xffffffff });

describe('the subprotocol of a client', () => {
  // As `nanocat` 1.1.5 and `nngcat` 1.5.2 sent them.
  it.each<[Role, string]>([
    ['push', 'pull.sp.nanomsg.org'],
    ['pull', 'push.sp.nanomsg.org'],
    ['pub', 'sub.sp.nanomsg.org'],
    ['sub', 'pub.sp.nanomsg.org'],
    ['req', 'rep.sp.nanomsg.org'],
    ['rep', 'req.sp.nanomsg.org'],
    ['surveyor', 'respondent.sp.nanomsg.org'],
    ['respondent', 'surveyor.sp.nanomsg.org'],
    ['bus', 'bus.sp.nanomsg.org'],
    ['pair', 'pair.sp.nanomsg.org'],
    ['pair1', 'pair1.sp.nanomsg.org'],
  ])('says of a %s what the server is to be: %s', (role, subprotocol) => {
    expect(subprotocolOf(role)).toBe(subprotocol);
    expect(roleOf(subprotocol)).toBe(role);
  });

  it('is one for each role', () => {
    expect(new Set(ROLES.map(subprotocolOf)).size).toBe(11);
    expect(ROLES.map((role) => peerOf(peerOf(role)))).toEqual(ROLES);
  });

  it.each(['', 'rep', '.sp.nanomsg.org', 'repsp.nanomsg.org', 'rep.sp.nanomsg.org.', 'pair2.sp.nanomsg.org'])(
    'is not %j',
    (subprotocol) => {
      expect(roleOf(subprotocol)).toBeNull();
    },
  );

  it.each(['toString.sp.nanomsg.org', '__proto__.sp.nanomsg.org', 'x-nanomsg-rep'])('is not %j', (subprotocol) => {
    expect(roleOf(subprotocol)).toBeNull();
  });
});

describe('a word', () => {
  it.each<[number, string, string]>([
    [0, "'HI'", '00 00 00 00 48 49'],
    [1, "'HI'", '00 00 00 01 48 49'],
    [1, 'b6 1b b3 a0 48 49', '00 00 00 01 b6 1b b3 a0 48 49'],
    [0xb61bb3a0, "'REPLY'", 'b6 1b b3 a0 52 45 50 4c 59'],
    [0x7fffffff, '', '7f ff ff ff'],
    [0xffffffff, '', 'ff ff ff ff'],
  ])('%i stands in front of a message: %s', (value, message, longer) => {
    expect(hex(pushWord(value, bytes(message)))).toBe(longer);
    expect(firstWord(bytes(longer))).toBe(value);
    expect(hex(dropWord(bytes(longer)))).toBe(hex(bytes(message)));
  });

  it('is not in fewer than four bytes', () => {
    expect(['', '80', '80 00', '80 00 00'].map((text) => firstWord(bytes(text)))).toEqual([null, null, null, null]);
  });

  it('is found in a view of other bytes, whatever is before and after it', () => {
    fc.assert(
      fc.property(anyWord, anyBytes, anyBytes, (value, before, after) => {
        const all = new Uint8Array([...before, ...pushWord(value, after)]);
        const message = all.subarray(before.length);
        expect(firstWord(message)).toBe(value);
        expect(dropWord(message)).toEqual(after);
        expect(dropWord(message).buffer).toBe(all.buffer);
      }),
      RUNS,
    );
  });
});

describe('a backtrace', () => {
  // Payloads that were captured from nanocat 1.1.5 and nngcat 1.5.2.
  it.each<[string, string, string]>([
    ['a REQ of nanomsg', 'b6 1b b3 a0 48 49', 'b6 1b b3 a0'],
    ['another one', 'f4 4f ad 12 48 49', 'f4 4f ad 12'],
    ['a REQ of nng', 'ed 41 1d c3 48 49', 'ed 41 1d c3'],
    ['another one of nng', 'bf 4b 4d 6c 48 49', 'bf 4b 4d 6c'],
    ['a SURVEYOR of nng', 'd3 36 a9 64 48 49', 'd3 36 a9 64'],
    ['another SURVEYOR', 'da ab 92 85 48 49', 'da ab 92 85'],
    [
      'a REP or RESPONDENT of both, behind two devices',
      '00 00 00 0a 00 00 00 0b 80 00 00 01 41 4e 53',
      '00 00 00 0a 00 00 00 0b 80 00 00 01',
    ],
    ['a request without anything to say', '80 00 00 00', '80 00 00 00'],
    ['a text with the high bit after it', "80 00 00 00 'é'", '80 00 00 00'],
  ])('is in what %s sends', (_, message, backtrace) => {
    expect(hex(backtraceOf(bytes(message), 8) ?? bytes(''))).toBe(backtrace);
  });

  it.each(['', '80', '80 00 00', '00 00 00 01', "'HELLO WORLD'", '00 00 00 01 80 00 00'])('is not in %j', (message) => {
    expect(backtraceOf(bytes(message), 8)).toBeNull();
  });

  it('has as many words as are allowed, and not one more', () => {
    const words = (count: number) => bytes(`${'00 00 00 01 '.repeat(count - 1)}80 00 00 01`);
    expect([1, 7, 8, 9].map((count) => backtraceOf(words(count), 8)?.length)).toEqual([4, 28, 32, undefined]);
  });

  it('is what was put on a request, whatever comes after it', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 0x7fffffff }), { maxLength: 8 }), anyWord, anyBytes, (ids, id, body) => {
        const asked = pushWord(0x80000000 + (id % 0x80000000), body);
        const traced = ids.reduce((message, pipe) => pushWord(pipe, message), asked);
        expect(backtraceOf(traced, 9)).toEqual(traced.subarray(0, 4 * (ids.length + 1)));
      }),
      RUNS,
    );
  });

  it('is looked for in any bytes without failing', () => {
    fc.assert(
      fc.property(anyBytes, fc.nat({ max: 10 }), (message, maxWords) => {
        const found = backtraceOf(message, maxWords);
        const length = found?.length ?? 0;
        expect(length % 4 === 0 && length <= Math.min(message.length, 4 * maxWords)).toBe(true);
      }),
      RUNS,
    );
  });
});

describe('the hops of PAIR1', () => {
  const relay = relayPair1(DEFAULT_SP_LIMITS);

  it.each<[string, string | null]>([
    ['00 00 00 01 48 49', '00 00 00 02 48 49'],
    ['00 00 00 00 48 49', '00 00 00 01 48 49'],
    ['00 00 00 08', '00 00 00 09'],
    ['00 00 00 09 48 49', null],
    ['00 00 00 ff 48 49', null],
  ])('are one more after a device: %s', (message, relayed) => {
    const after = relay(bytes(message));
    expect(after instanceof Uint8Array ? hex(after) : after).toBe(relayed);
  });

  it.each(['', '00 00 01', '00 00 01 00 48 49', '80 00 00 01 48 49', "'HELLO'"])('are not in %j', (message) => {
    expect(relay(bytes(message))).toBe('malformed');
  });

  it('are counted in bytes of its own', () => {
    const message = bytes('00 00 00 01 48 49');
    relay(message);
    expect(hex(message)).toBe('00 00 00 01 48 49');
  });
});

describe('a request and its reply', () => {
  it('have these bytes at each step', () => {
    const room = new SpRoom();
    const [req, rep] = [room.join('req'), room.join('rep')];
    room.say(req, 'b6 1b b3 a0 48 49');
    expect(rep.got).toEqual(['00 00 00 01 b6 1b b3 a0 48 49']);
    room.say(rep, "00 00 00 01 b6 1b b3 a0 'REPLY'");
    expect(req.got).toEqual(['b6 1b b3 a0 52 45 50 4c 59']);
  });
});

describe('a new pipe', () => {
  it.each<[number[], number]>([
    [[1], 1],
    [[0xffffffff], 0x7fffffff],
    [[0, 0x80000000, 5], 5],
  ])('gets an id of 31 bits that is not 0: of %j it is %i', (random, id) => {
    expect(new SpRoom().device.createId(() => random.shift() ?? 0)).toBe(id);
  });

  it('gets no id that another one has, also after a sleep', () => {
    const room = new SpRoom();
    room.join('req');
    room.join('bus');
    room.sleep();
    const random = [1, 0x80000002, 3];
    expect(word(room.device.createId(() => random.shift() ?? 0))).toBe('00 00 00 03');
  });
});
