import { describe, expect, it } from 'vitest';
import { SpRoom } from '../../../support/sp.ts';

const ASKED = "80 00 00 07 'who'";

describe('a survey', () => {
  it('goes to every RESPONDENT, and their answers back to the SURVEYOR alone', () => {
    const room = new SpRoom();
    const [surveyor, other] = [room.join('surveyor'), room.join('surveyor')];
    const respondents = [room.join('respondent'), room.join('respondent')] as const;
    room.say(surveyor, ASKED);
    for (const { got } of respondents) expect(got).toEqual(['00 00 00 01 80 00 00 07 77 68 6f']);
    room.say(respondents[0], "00 00 00 01 80 00 00 07 'a'");
    room.say(respondents[1], "00 00 00 01 80 00 00 07 'b'");
    expect(surveyor.got).toEqual(['80 00 00 07 61', '80 00 00 07 62']);
    expect(other.sent).toEqual([]);
  });

  it('is lost where nobody is there', () => {
    const room = new SpRoom();
    room.say(room.join('surveyor'), ASKED);
    expect(room.join('respondent').sent).toEqual([]);
  });

  it('is answered after the room slept in between', () => {
    const room = new SpRoom();
    const [surveyor, respondent] = [room.join('surveyor'), room.join('respondent')];
    room.say(surveyor, ASKED);
    room.sleep();
    room.say(respondent, "00 00 00 01 80 00 00 07 'a'");
    expect(surveyor.got).toEqual(['80 00 00 07 61']);
  });

  it('without the bottom of a backtrace, or with too many words, is dropped by itself', () => {
    const room = new SpRoom({ ttl: 2 });
    const [surveyor, respondent] = [room.join('surveyor'), room.join('respondent')];
    for (const said of ['', '80 00', '00 00 00 01', '00 00 00 01 00 00 00 02 80 00 00 01']) room.say(surveyor, said);
    room.say(surveyor, '00 00 00 02 80 00 00 01');
    expect(respondent.got).toEqual(['00 00 00 01 00 00 00 02 80 00 00 01']);
    expect(surveyor.closed).toBeNull();
  });
});

it('asks a RESPONDENT that is too slow nothing, and the others all the same', () => {
  const room = new SpRoom();
  const [surveyor, slow, other] = [room.join('surveyor'), room.join('respondent'), room.join('respondent')];
  slow.slow = true;
  room.say(surveyor, '80000001');
  slow.slow = false;
  room.say(surveyor, '80000002');
  expect([slow.got.length, other.got.length]).toEqual([1, 2]);
});

describe('an answer', () => {
  it('that comes after the SURVEYOR has left is dropped', () => {
    const room = new SpRoom();
    const [surveyor, respondent] = [room.join('surveyor'), room.join('respondent')];
    room.say(surveyor, ASKED);
    room.leave(surveyor);
    const next = room.join('surveyor');
    room.say(respondent, "00 00 00 01 80 00 00 07 'a'");
    expect([surveyor.missed, next.sent, respondent.closed]).toEqual([[], [], null]);
  });

  it.each(['', '00 00 00', '00 00 00 01', "00 00 00 01 'abc'", '80 00 00 01', '80 00 00 07 61'])(
    'that is malformed is dropped: %j',
    (said) => {
      const room = new SpRoom();
      const [surveyor, respondent] = [room.join('surveyor'), room.join('respondent')];
      room.say(respondent, said);
      expect([surveyor.sent, respondent.closed]).toEqual([[], null]);
    },
  );

  it('does not reach a REQ, which has a pipe id too', () => {
    const room = new SpRoom();
    const [req, respondent] = [room.join('req'), room.join('respondent')];
    room.say(respondent, '00 00 00 01 80 00 00 07 61');
    expect(req.sent).toEqual([]);
  });
});
