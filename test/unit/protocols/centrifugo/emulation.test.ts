import { describe, expect, it } from 'vitest';
import { Rejected } from '../../../../src/config/errors.ts';
import {
  checkConnect,
  events,
  lines,
  maxEmulationBytes,
  parseEmulation,
} from '../../../../src/protocols/centrifugo/emulation.ts';

const codeOf = (result: unknown) => (result instanceof Rejected ? result.code : result);

describe('a stream of lines', () => {
  it('has a line for each reply, however many stand in a frame', () => {
    expect([lines.frame('{"id":1}'), lines.frame('{"id":1}\n{"id":2}')]).toEqual([
      '{"id":1}\n',
      '{"id":1}\n{"id":2}\n',
    ]);
  });

  it('has pings, and a push before its end', () => {
    expect([lines.opening, lines.keepAlive]).toEqual(['', '{}\n']);
    expect(lines.farewell(3503, 'a "b"')).toBe('{"push":{"disconnect":{"code":3503,"reason":"a \\"b\\""}}}\n');
  });
});

describe('a stream of events', () => {
  it('has an event for each frame, with a line for each reply', () => {
    expect(events.frame('{"id":1}\n{"id":2}')).toBe('data: {"id":1}\ndata: {"id":2}\n\n');
  });

  it('has pings, and a push before its end', () => {
    expect([events.opening, events.keepAlive]).toEqual([':\n\n', 'data: {}\n\n']);
    expect(events.farewell(3001, 'x')).toBe('data: {"push":{"disconnect":{"code":3001,"reason":"x"}}}\n\n');
  });
});

describe('what a stream begins with', () => {
  it.each(['{"id":1,"connect":{}}', '{"id":1,"connect":{"token":"é","subs":{}}}\n', ' {"connect":{}} '])(
    'is one connect command: %j',
    (frame) => {
      expect(checkConnect(frame, 1000)).toBe(frame);
    },
  );

  it.each([
    '',
    '\n',
    'hello',
    '{',
    '[]',
    'null',
    '{}',
    '{"id":1}',
    '{"id":1,"subscribe":{"channel":"a"}}',
    '{"id":1,"connect":{}}\n{"id":2,"publish":{"channel":"a","data":1}}',
    '{"id":1,"connect":{}}\nhello',
    '{"id":1,"connect":{}}{"id":2,"connect":{}}',
  ])('is nothing else: %j', (frame) => {
    expect(codeOf(checkConnect(frame, 1000))).toBe('ERR_CONNECT_COMMAND');
  });

  it('is as large as a message may be, and no larger, whatever it is', () => {
    const frame = '{"id":1,"connect":{"name":"é"}}';
    expect(codeOf(checkConnect(frame, 32))).toBe(frame);
    expect(codeOf(checkConnect(frame, 31))).toBe('ERR_MESSAGE_TOO_LARGE');
    expect(codeOf(checkConnect('x'.repeat(32), 31))).toBe('ERR_MESSAGE_TOO_LARGE');
  });
});

describe('what is sent beside it', () => {
  const body = (fields: object) => JSON.stringify({ session: 's', node: 'n', data: '{}', ...fields });

  it('names a session and holds commands, also without a node', () => {
    expect(parseEmulation(body({}), 10)).toMatchObject({ session: 's', data: '{}' });
    expect(parseEmulation('{"session":"s","data":""}', 10)).toEqual({ session: 's', data: '' });
  });

  it.each([
    '',
    'hello',
    '[]',
    'null',
    '{}',
    '{"session":"s"}',
    '{"data":"x"}',
    body({ session: '' }),
    body({ session: 7 }),
    body({ data: {} }),
    body({ data: null }),
  ])('is refused where it does not: %s', (text) => {
    expect(codeOf(parseEmulation(text, 10))).toBe('ERR_EMULATION_REQUEST');
  });

  it('has data as large as a message may be, and no larger', () => {
    expect(parseEmulation(body({ data: 'é'.repeat(5) }), 10)).toMatchObject({ data: 'ééééé' });
    expect(codeOf(parseEmulation(body({ data: 'a'.repeat(11) }), 10))).toBe('ERR_MESSAGE_TOO_LARGE');
  });

  it('has room for data that is all quotes, or all escaped', () => {
    for (const data of ['"'.repeat(1000), '\\u00e9'.repeat(500)]) {
      const text = body({}).replace('{}', data.replaceAll('"', '\\"'));
      expect(text.length).toBeLessThan(maxEmulationBytes(1000));
      expect(parseEmulation(text, 1000)).toHaveProperty('data');
    }
  });
});
