import { describe, expect, it } from 'vitest';
import { closed, refusal, unreachable } from '../../../../scripts/tunnel/outcome.ts';

describe('a refusal', () => {
  it('is told with its status, its code and its sentence', () => {
    const body = JSON.stringify({ status: 403, code: 'ERR_DIAL_EXPIRED', detail: 'Get a new one.' });
    expect(refusal(403, body)).toEqual({ exit: 3, message: 'refused with 403 ERR_DIAL_EXPIRED: Get a new one.' });
  });

  it.each(['', '<html>', 'null', '[]', '{"code":1,"detail":{}}'])(
    'is told with its status where the body is %j',
    (body) => {
      expect(refusal(502, body)).toEqual({ exit: 3, message: 'refused with 502' });
    },
  );

  it('does not steer the terminal', () => {
    expect(refusal(400, JSON.stringify({ detail: 'a\u001b[2Jb\u009bc' })).message).toBe('refused with 400: a [2Jb c');
  });
});

describe('a connection that does not come about', () => {
  it('is told with the reason, or its code where there is none', () => {
    expect(unreachable(new Error('connect ECONNREFUSED'))).toEqual({
      exit: 3,
      message: 'could not connect: connect ECONNREFUSED',
    });
    const several = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    expect(unreachable(several).message).toBe('could not connect: ECONNREFUSED');
  });
});

describe('a close', () => {
  it('with 1000 is nothing to speak of', () => {
    expect(closed(1000, 'whatever')).toEqual({ exit: 0, message: null });
  });

  it.each([
    [1011, 'service failed', 'closed with 1011: service failed'],
    [1005, '', 'closed with 1005'],
    [1006, '', 'the connection broke'],
    [3005, 'a\nb', 'closed with 3005: a b'],
  ])('with %i and %j is told', (code, reason, message) => {
    expect(closed(code, reason)).toEqual({ exit: 1, message });
  });
});
