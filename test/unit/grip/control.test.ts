import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ControlCommand, type DropReason, type Message, readMessage } from '../../../src/grip/control.ts';

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

describe('a message of an application server that does not use GRIP', () => {
  it.each<Message>(['hello', 'm:hello', 'c:{"type":"detach"}', '', bytes('c:x')])(
    '%j is for the client as it is',
    (message) => {
      expect(readMessage(message, null)).toEqual({ kind: 'message', message });
    },
  );
});

describe('a message of an application server that uses GRIP', () => {
  it.each<[Message, string, Message]>([
    ['m:hello', 'm:', 'hello'],
    ['m:', 'm:', ''],
    ['m:m:a', 'm:', 'm:a'],
    ['m:c:{"type":"detach"}', 'm:', 'c:{"type":"detach"}'],
    ['hello', '', 'hello'],
    ['{"c":1}', '', '{"c":1}'],
    ['', '', ''],
    ['é:a', 'é:', 'a'],
    [bytes('m:\0'), 'm:', bytes('\0')],
    [bytes('a'), '', bytes('a')],
    [bytes('c:{"type":"detach"}'), '', bytes('c:{"type":"detach"}')],
    [bytes('é:a'), 'é:', bytes('a')],
  ])('%j with the prefix %j is for the client without it', (message, prefix, expected) => {
    expect(readMessage(message, prefix)).toEqual({ kind: 'message', message: expected });
  });

  it.each<[Message, string]>([
    ['hello', 'm:'],
    ['', 'm:'],
    ['m', 'm:'],
    ['M:hello', 'm:'],
    [' m:hello', 'm:'],
    [bytes('hello'), 'm:'],
    [bytes('m'), 'm:'],
    [bytes(''), 'm:'],
    [bytes('c:{"type":"detach"}'), 'm:'],
  ])('%j without the prefix %j goes nowhere', (message, prefix) => {
    expect(readMessage(message, prefix)).toEqual({ kind: 'dropped', reason: 'unprefixed' });
  });
});

function idle(message: Message, mode = 'idle', intervalMs = 55_000): ControlCommand {
  return { type: 'keep-alive', idle: { message, mode, intervalMs } } as ControlCommand;
}

describe('a control message', () => {
  it.each<[object, ControlCommand]>([
    [
      { type: 'subscribe', channel: 'a' },
      { type: 'subscribe', channel: 'a' },
    ],
    [
      { type: 'subscribe', channel: 'a', filters: [] },
      { type: 'subscribe', channel: 'a' },
    ],
    [
      { type: 'subscribe', channel: 'é', more: 1 },
      { type: 'subscribe', channel: 'é' },
    ],
    [
      { type: 'unsubscribe', channel: 'a' },
      { type: 'unsubscribe', channel: 'a' },
    ],
    [{ type: 'detach' }, { type: 'detach' }],
    [{ type: 'keep-alive' }, { type: 'keep-alive', idle: null }],
    [
      { type: 'keep-alive', timeout: 5 },
      { type: 'keep-alive', idle: null },
    ],
    [{ type: 'keep-alive', content: '{}' }, idle('{}')],
    [{ type: 'keep-alive', content: '', timeout: 20 }, idle('', 'idle', 20_000)],
    [{ type: 'keep-alive', content: 'a', timeout: '20' }, idle('a', 'idle', 20_000)],
    [{ type: 'keep-alive', content: 'a', timeout: 0 }, idle('a')],
    [{ type: 'keep-alive', content: 'a', mode: 'interval' }, idle('a', 'interval')],
    [{ type: 'keep-alive', content: 'a', mode: 'later' }, idle('a')],
    [{ type: 'keep-alive', content: 'a', 'message-type': 'binary' }, idle(bytes('a'))],
    [{ type: 'keep-alive', 'content-bin': 'YQ==' }, idle('a')],
    [{ type: 'keep-alive', 'content-bin': '/w==', 'message-type': 'binary' }, idle(Uint8Array.of(255))],
  ])('%j is obeyed', (command, expected) => {
    expect(readMessage(`c:${JSON.stringify(command)}`, 'm:')).toEqual({ kind: 'control', command: expected });
  });

  it('is one whatever the prefix of messages is', () => {
    const command: ControlCommand = { type: 'detach' };
    expect(readMessage('c:{"type":"detach"}', '')).toEqual({ kind: 'control', command });
    expect(readMessage('c:{"type":"detach"}', 'c:')).toEqual({ kind: 'control', command });
  });

  it.each<[string, DropReason]>([
    ['', 'malformed'],
    ['{', 'malformed'],
    ['null', 'malformed'],
    ['"detach"', 'malformed'],
    ['[{"type":"detach"}]', 'malformed'],
    ['{}', 'malformed'],
    ['{"type":"fly"}', 'malformed'],
    ['{"type":"Detach"}', 'malformed'],
    ['{"type":["detach"]}', 'malformed'],
    ['{"type":"subscribe"}', 'malformed'],
    ['{"type":"subscribe","channel":""}', 'malformed'],
    ['{"type":"subscribe","channel":1}', 'malformed'],
    ['{"type":"subscribe","channel":"a","filters":"b"}', 'malformed'],
    ['{"type":"unsubscribe","channel":null}', 'malformed'],
    ['{"type":"keep-alive","content":1}', 'malformed'],
    ['{"type":"keep-alive","content-bin":"!"}', 'malformed'],
    ['{"type":"keep-alive","content":"a","timeout":-1}', 'malformed'],
    ['{"type":"keep-alive","content":"a","timeout":1.5}', 'malformed'],
    ['{"type":"keep-alive","content":"a","timeout":86401}', 'malformed'],
    ['{"type":"keep-alive","content":"a","message-type":"file"}', 'malformed'],
    ['{"type":"keep-alive","content":"a","message-type":"ping"}', 'control_frame'],
    ['{"type":"keep-alive","content":"a","message-type":"pong"}', 'control_frame'],
    ['{"type":"subscribe","channel":"a","filters":["skip-self"]}', 'unsupported'],
    ['{"type":"session","id":"a"}', 'unsupported'],
    ['{"type":"set-meta","name":"user","value":"a"}', 'unsupported'],
    ['{"type":"send-delayed","content":"a"}', 'unsupported'],
    ['{"type":"flush-delayed"}', 'unsupported'],
  ])('%j goes nowhere', (text, reason) => {
    expect(readMessage(`c:${text}`, 'm:')).toEqual({ kind: 'dropped', reason });
  });

  it('never becomes a message, and throws for nothing', () => {
    const text = fc.oneof(fc.string(), fc.json());
    fc.assert(
      fc.property(text, fc.string(), (control, prefix) => {
        expect(readMessage(`c:${control}`, prefix).kind).not.toBe('message');
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});
