import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { COMMENT, formatEvent } from '../../../src/util/event-stream.ts';

/** What a client makes of a stream: a parser that is not ours. */
function parse(stream: string) {
  const events: object[] = [];
  const parser = createParser({ onEvent: (event) => void events.push(event) });
  parser.feed(stream);
  return events;
}

it.each([
  [{ data: 'a' }, 'data: a\n\n'],
  [{ data: '' }, 'data: \n\n'],
  [{ data: ' a' }, 'data:  a\n\n'],
  [{ data: 'a\nb\r\nc\rd\n' }, 'data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n'],
  [{ data: 'id: 7\n\ndata: x' }, 'data: id: 7\ndata: \ndata: data: x\n\n'],
  [{ id: '7', event: 'gone', data: '{}' }, 'id: 7\nevent: gone\ndata: {}\n\n'],
  [{ id: '7' }, 'id: 7\n\n'],
])('writes %j', (event, text) => {
  expect(formatEvent(event)).toBe(text);
});

it('writes data that arrives as it was, but for its line ends, and never as more than one event', () => {
  const text = fc.string({ unit: fc.oneof(fc.constantFrom('\n', '\r', ':', ' ', 'data: ', 'id: 1'), fc.string()) });
  fc.assert(
    fc.property(fc.array(text, { minLength: 1 }), (texts) => {
      const stream = texts.map((data) => COMMENT + formatEvent({ id: '1', data })).join('');
      const arrived = texts.map((data) => ({ id: '1', event: undefined, data: data.replace(/\r\n|\r/g, '\n') }));
      expect(parse(stream)).toEqual(arrived);
    }),
  );
});
