import fc from 'fast-check';
import { applyDelta } from 'fossil-delta';
import { describe, expect, it } from 'vitest';
import { encodeDeltaPush, encodePush } from '../../src/protocols/centrifugo/codec.ts';
import { deltaOf, MAX_DELTA_BYTES } from '../../src/protocols/centrifugo/delta.ts';
import type { Message } from '../../src/room/ports.ts';
import type { Publication } from '../../src/room/publication.ts';

const RUNS = { numRuns: 1000, seed: 1 };
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function publication(data: Message, changes: Partial<Publication> = {}): Publication {
  return { data, json: false, publisher: null, tags: null, offset: 0, time: 0, ...changes };
}

const json = (value: unknown) => publication(JSON.stringify(value), { json: true });

/** What a client makes of a delta that came as text. It checks the sum that the delta ends with. */
function apply(source: string, delta: string): string {
  return decoder.decode(applyDelta(encoder.encode(source), encoder.encode(delta)));
}

const same = 'the same in both of them';

describe('a delta', () => {
  // The sums at their ends were reckoned apart from this project.
  it.each([
    ['', '', '0\n0;'],
    ['', 'abc', '3\n3:abc1XObC0;'],
    [same, same, 'O\nO@0,3~Ud2Q;'],
    [`${same}1`, `${same}2`, 'P\nO@0,1:2mUd2Q;'],
    [`x${same}${same}`, `${same}${same}yz`, 'n\nO@P,O@P,2:yz1tRl4p;'],
    [same, `é${same}`, 'Q\n2:éO@0,14HFyt;'],
  ])('from %j to %j is %j', (source, target, delta) => {
    expect(deltaOf(source, target)).toBe(delta);
    expect(apply(source, delta)).toBe(target);
  });

  it.each([
    // The letters share their first byte, their last one, or bytes in the middle.
    ['é', 'è'],
    ['я', 'џ'],
    ['🙂', '🙃'],
    ['🙂', '🎂'],
    ['\u{1F642}', '\u{2F642}'],
    ['a', 'é'],
    ['日', '旦'],
    ['\ufeff', '\ufefe'],
  ])('cuts no character in two: %s and %s', (one, other) => {
    for (const [source, target] of [
      [`${same}${one}${same}`, `${same}${other}${same}`],
      [`${one}${same}`, `${other}${same}`],
      [`${same}${one}`, `${same}${other}`],
      [one.repeat(40), `${one.repeat(20)}${other}${one.repeat(20)}`],
    ] as const) {
      const delta = deltaOf(source, target) ?? '';
      expect(delta.isWellFormed() && !delta.includes('\ufffd')).toBe(true);
      expect(apply(source, delta)).toBe(target);
    }
  });

  it('keeps what looks like a byte order mark', () => {
    const target = `${same}\ufeff\ufeff!`;
    expect(apply(same, deltaOf(same, target) ?? '')).toBe(target);
  });

  it('makes any text of any other', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(same, 'д'.repeat(20), '🙂🙃'.repeat(9), '日旦'),
    );
    const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('').toWellFormed());
    fc.assert(
      fc.property(text, text, (source, target) => {
        expect(apply(source, deltaOf(source, target) ?? '')).toBe(target);
      }),
      RUNS,
    );
  });

  it('is made of texts up to a size, in bytes, and of none above it', () => {
    const [longest, tooLong] = ['é'.repeat(MAX_DELTA_BYTES / 2), `${'é'.repeat(MAX_DELTA_BYTES / 2)}a`];
    expect(apply(longest, deltaOf(longest, longest) ?? '')).toBe(longest);
    expect([deltaOf(tooLong, 'a'), deltaOf('a', tooLong), deltaOf('a'.repeat(MAX_DELTA_BYTES + 1), 'a')]).toEqual([
      null,
      null,
      null,
    ]);
  });
});

describe('a push to who asked for deltas', () => {
  const pubIn = (frame: Message) => JSON.parse(String(frame)).push.pub;

  it.each([
    ['an object', json({ a: 1 }), '{"a":1}'],
    ['a string', json('é'), '"é"'],
    ['text', publication('hello'), '"hello"'],
    ['text that is an object', publication('{"a":\n1}'), '{"a": 1}'],
    ['bytes', publication(new Uint8Array([0, 255]).buffer), '"AP8="'],
    ['null', json(null), 'null'],
  ])('holds %s whole as a string of JSON, where nothing came before it', (_, given, data) => {
    const { frame, first } = encodeDeltaPush('a', given, null);
    expect([frame, pubIn(frame).data, pubIn(frame).delta]).toEqual([first, data, undefined]);
  });

  it('holds what changed, and all the rest of the publication', () => {
    const [before, after] = [`${same}, 1`, `${same}, 2`].map((text) => json({ text }));
    const position = { offset: 7, publisher: { userId: 'ada', connectionId: 'c1' }, tags: { kind: 'x' } };
    const { frame, first } = encodeDeltaPush('a', { ...(after as Publication), ...position }, before as Publication);
    const rest = '"offset":7,"info":{"user":"ada","client":"c1"},"tags":{"kind":"x"}';
    expect(first).toBe(
      `{"push":{"channel":"a","pub":{"data":"{\\"text\\":\\"the same in both of them, 2\\"}",${rest}}}}`,
    );
    expect(frame).toBe(`{"push":{"channel":"a","pub":{"data":"b\\nZ@0,3:2\\"}3KFo5G;","delta":true,${rest}}}}`);
  });

  it('holds all of it where what changed is no shorter', () => {
    for (const [before, after] of [
      ['a', 'b'],
      ['', 'short'],
      [same, 'nothing of that'],
    ] as const) {
      const { frame, first } = encodeDeltaPush('a', json(after), json(before));
      expect(frame).toBe(first);
    }
  });

  it('is never longer than the publication whole, stands on one line, and gives any JSON back', () => {
    const value = fc.oneof(fc.jsonValue(), fc.array(fc.constantFrom(same, 'é\n', '🙂', '"', '\\', '\u2028')));
    fc.assert(
      fc.property(value, value, (before, after) => {
        const [previous, next] = [json(before), json(after)];
        const { frame, first } = encodeDeltaPush('a', next, previous);
        expect(String(frame).length).toBeLessThanOrEqual(String(first).length);
        expect(`${frame}${first}`).not.toContain('\n');
        const { data, delta } = pubIn(frame);
        expect(delta ? apply(String(previous.data), data) : data).toBe(next.data);
        expect(pubIn(first).data).toBe(next.data);
      }),
      RUNS,
    );
  });

  it('differs from that to others only in how data is written', () => {
    const given = publication('{"a":1}', { offset: 3, tags: { a: 'b' } });
    const { data, ...rest } = pubIn(encodeDeltaPush('a', given, null).first);
    expect({ data: JSON.parse(data), ...rest }).toEqual(pubIn(encodePush('a', given)));
  });
});
