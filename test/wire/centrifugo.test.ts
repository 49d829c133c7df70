import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Command,
  encodePublication,
  encodePush,
  joinFrames,
  parseFrame,
} from '../../src/protocols/centrifugo/codec.ts';
import type { Message } from '../../src/room/ports.ts';
import type { Publication } from '../../src/room/publication.ts';

const RUNS = { numRuns: 1000, seed: 1 };
const MAX_ID = Number.MAX_SAFE_INTEGER;

function publication(data: Message, changes: Partial<Publication> = {}): Publication {
  return { data, json: false, publisher: null, tags: null, offset: 0, time: 0, ...changes };
}

/** The commands of a frame; null where one line of it is not of the protocol. */
function commandsIn(frame: Message): Command[] | null {
  const commands = [...parseFrame(frame)];
  return commands.every((command) => command !== null) ? commands : null;
}

describe('a frame of a client', () => {
  it.each<[string, unknown[]]>([
    ['{"id":1,"connect":{}}', [{ id: 1, method: 'connect', params: {} }]],
    ['{"subscribe":{"channel":"a"},"id":2}', [{ id: 2, method: 'subscribe', params: { channel: 'a' } }]],
    ['{"send":{"data":1}}', [{ id: 0, method: 'send', params: { data: 1 } }]],
    ['{"id":0,"ping":{}}', [{ id: 0, method: 'ping', params: {} }]],
    [`{"id":${MAX_ID},"rpc":{}}`, [{ id: MAX_ID, method: 'rpc', params: {} }]],
    [' {"id" : 1, "ping" : {} } \r', [{ id: 1, method: 'ping', params: {} }]],
    ['{"id":1,"later":true,"ping":{"x":1}}', [{ id: 1, method: 'ping', params: { x: 1 } }]],
    ['{"id":1,"ping":null}', [{ id: 1, method: 'ping', params: null }]],
    ['{"id":1,"ping":[]}', [{ id: 1, method: 'ping', params: [] }]],
    ['{"id":1,"publish":{"channel":"é🙂"}}', [{ id: 1, method: 'publish', params: { channel: 'é🙂' } }]],
    ['{}', [{ id: 0, method: null, params: undefined }]],
    ['{"id":1}', [{ id: 1, method: null, params: undefined }]],
    ['{"id":1,"fly":{}}', [{ id: 1, method: null, params: undefined }]],
    ['{"id":1,"Connect":{}}', [{ id: 1, method: null, params: undefined }]],
    ['{"id":1,"toString":{}}', [{ id: 1, method: null, params: undefined }]],
    ['{"id":1,"__proto__":{"ping":{}}}', [{ id: 1, method: null, params: undefined }]],
    ['', []],
    ['\n\n', []],
  ])('holds commands: %j', (frame, commands) => {
    expect(commandsIn(frame)).toEqual(commands);
  });

  const names = ['connect', 'subscribe', 'unsubscribe', 'publish', 'presence', 'presence_stats', 'history'];
  it.each([...names, 'rpc', 'send', 'ping', 'refresh', 'sub_refresh'])('holds the command %s', (method) => {
    expect(commandsIn(`{"id":7,"${method}":{"a":1}}`)).toEqual([{ id: 7, method, params: { a: 1 } }]);
  });

  it('holds several commands, in their order, with lines between them that are empty', () => {
    const commands = commandsIn('\n{"id":3,"ping":{}}\n\n\n{"id":1,"send":{}}\r\n{"id":2}\n');
    expect(commands?.map(({ id, method }) => [id, method])).toEqual([
      [3, 'ping'],
      [1, 'send'],
      [2, null],
    ]);
  });

  it.each([
    ...['{', '}', 'hello', 'ping', 'null', 'true', '7', '"{}"', '[]', '[{"id":1,"ping":{}}]', "{'id':1}", '\ufeff{}'],
    ...['{"id":-1}', '{"id":1.5}', '{"id":"1"}', '{"id":null}', '{"id":[]}', '{"id":1e400}', `{"id":${MAX_ID + 1}}`],
    ...['{"id":1,"ping":{}} {"id":2,"ping":{}}', '{"id":1}\n{', '{"id":1,\n"ping":{}}', '{"id":1}\n[]\n{"id":2}'],
    ...['[[[[', '{"id":1,"ping":{}}\0', '{"id":-9007199254740993,"ping":{}}'],
  ])('is not of this protocol as %j', (frame) => {
    expect(commandsIn(frame)).toBeNull();
  });

  it('is not of this protocol as bytes, whatever they say', () => {
    expect(commandsIn(new TextEncoder().encode('{"id":1,"ping":{}}').buffer as ArrayBuffer)).toBeNull();
    expect(commandsIn(new ArrayBuffer(0))).toBeNull();
  });

  it('never makes the parser fail', () => {
    const line = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.constantFrom('', '{}', '{"id":1,"ping":{}}'));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        for (const { id } of commandsIn(lines.join('\n')) ?? []) expect(Number.isSafeInteger(id) && id >= 0).toBe(true);
      }),
      RUNS,
    );
  });
});

describe('a publication', () => {
  it.each<[string, Publication, string]>([
    ['text', publication('hello'), '{"data":"hello"}'],
    ['text with quotes and lines', publication('a "b"\n\\c'), '{"data":"a \\"b\\"\\n\\\\c"}'],
    ['no text', publication(''), '{"data":""}'],
    ['an object written as text', publication('{"a":[1]}'), '{"data":{"a":[1]}}'],
    ['an array written as text', publication(' \t[1, 2]'), '{"data": \t[1, 2]}'],
    ['an object on several lines', publication('{\n"a":\n1}\n'), '{"data":{ "a": 1} }'],
    ['text that begins like an object', publication('{ not json'), '{"data":"{ not json"}'],
    ['text with more after an object', publication('{}{}'), '{"data":"{}{}"}'],
    ['an object after a byte order mark', publication('\ufeff{}'), '{"data":"\ufeff{}"}'],
    ['a number written as text', publication('5'), '{"data":"5"}'],
    ['null written as text', publication('null'), '{"data":"null"}'],
    ['a string in quotes', publication('"a"'), '{"data":"\\"a\\""}'],
    ['a number of more digits than fit', publication('[12345678901234567890]'), '{"data":[12345678901234567890]}'],
    ['JSON that is a string', publication('"a"', { json: true }), '{"data":"a"}'],
    ['JSON that is a number', publication('5', { json: true }), '{"data":5}'],
    ['JSON that is null', publication('null', { json: true }), '{"data":null}'],
    ['bytes', publication(new Uint8Array([0, 255]).buffer), '{"data":"AP8=","tags":{"encoding":"base64"}}'],
    ['no bytes', publication(new ArrayBuffer(0)), '{"data":"","tags":{"encoding":"base64"}}'],
    ['a place', publication('a', { offset: 7 }), '{"data":"a","offset":7}'],
    ['tags', publication('a', { tags: { k: '"v"' } }), '{"data":"a","tags":{"k":"\\"v\\""}}'],
    [
      'tags of bytes, of which one says how they are written',
      publication(new ArrayBuffer(1), { tags: { k: 'v', encoding: 'none' } }),
      '{"data":"AA==","tags":{"k":"v","encoding":"base64"}}',
    ],
    [
      'a publisher',
      publication('a', { offset: 1, publisher: { userId: 'ad"a', connectionId: 'c1' } }),
      '{"data":"a","offset":1,"info":{"user":"ad\\"a","client":"c1"}}',
    ],
  ])('is written with %s', (_, given, text) => {
    expect(encodePublication(given)).toBe(text);
  });
});

describe('a push', () => {
  const channels = ['a', 'chat:lobby', '"quoted"', 'line\nfeed', '\\', '\u2028', 'é🙂', '__proto__', '\ud800', '\0'];
  /** Text of any kind, halves of surrogate pairs among it. */
  const text = fc
    .array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\ud800', '\udfff', '\n', '"', '{')))
    .map((parts) => parts.join(''));
  const read = (push: string) => {
    expect(push).not.toContain('\n');
    return JSON.parse(push).push;
  };

  it.each(channels)('names its channel: %j', (channel) => {
    expect(read(encodePush(channel, publication('x')))).toEqual({ channel, pub: { data: 'x' } });
  });

  it('gives any text back as it was, on one line', () => {
    fc.assert(
      fc.property(text, text, (channel, data) => {
        const isJson = /^\s*[{[]/.test(data) && isParsed(data);
        expect(read(encodePush(channel, publication(data)))).toEqual({
          channel,
          pub: { data: isJson ? JSON.parse(data) : data },
        });
      }),
      RUNS,
    );
  });

  it('gives any JSON back as it was, on one line, however it is laid out', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2, '\t'), fc.boolean(), (value, indent, json) => {
        const data = JSON.stringify(value, null, indent);
        const isWhole = json || (typeof value === 'object' && value !== null);
        const { pub } = read(encodePush('a', publication(data, { json })));
        expect(pub.data).toEqual(isWhole ? JSON.parse(data) : data);
      }),
      RUNS,
    );
  });

  it('gives any bytes back, in base64', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const { pub } = read(encodePush('a', publication(new Uint8Array(bytes).buffer)));
        expect(new Uint8Array(Buffer.from(pub.data, 'base64'))).toEqual(new Uint8Array(bytes));
        expect(pub.tags).toEqual({ encoding: 'base64' });
      }),
      RUNS,
    );
  });

  it('stands on a line of its own beside others in one frame', () => {
    const pushes = ['{\n}', 'a\nb', '\n'].map((data) => encodePush('a\n', publication(data)));
    const lines = joinFrames(pushes).split('\n');
    expect(lines.map((line) => JSON.parse(line).push.pub.data)).toEqual([{}, 'a\nb', '\n']);
  });
});

function isParsed(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

it.each(['1', '12345678901234567890', '1e20', '1.0', '1e999', '0.1', '[1.50,{"a":1E2}]', '"1e20"'])(
  'keeps numbers as they were written: %s',
  (data) => {
    const [command] = parseFrame(`{"id":1,"publish":{"channel":"a","data":${data}}}`);
    expect(JSON.stringify(command?.params)).toBe(`{"channel":"a","data":${data}}`);
  },
);
