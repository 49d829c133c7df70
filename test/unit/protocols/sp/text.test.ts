import { describe, expect, it } from 'vitest';
import { parseSaid, writeAnswer, writeAsk } from '../../../../src/protocols/sp/text.ts';
import { bytes, hex } from '../../../support/sp.ts';

/** What a page says, its bytes as hexadecimal. */
function said(text: string): object | null {
  const parsed = parseSaid(text);
  return (
    parsed &&
    Object.fromEntries(
      Object.entries(parsed).map(([key, value]) => [key, value instanceof Uint8Array ? hex(value) : value]),
    )
  );
}

describe('what a page says', () => {
  it.each([
    ['{"ask":"time","id":7}', { ask: hex(bytes("80000007 'time'")) }],
    ['{"ask":"","id":0}', { ask: '80 00 00 00' }],
    ['{"ask":"é","id":2147483647}', { ask: 'ff ff ff ff c3 a9' }],
    ['{"ask":{"a":[1]},"id":1}', { ask: hex(bytes(`80000001 '{"a":[1]}'`)) }],
    ['{"ask":null,"id":1}', { ask: hex(bytes("80000001 'null'")) }],
    ['{"ask":"AP8=","id":1,"encoding":"base64"}', { ask: '80 00 00 01 00 ff' }],
    ['{"answer":"noon","id":"AAAABYAAAAc="}', { answer: hex(bytes("00000005 80000007 'noon'")) }],
    ['{"answer":"AP8=","id":"AAAABYAAAAc=","encoding":"base64"}', { answer: '00 00 00 05 80 00 00 07 00 ff' }],
    ['{"serve":true}', { serve: true }],
    ['{"serve":false}', { serve: false }],
  ])('is %s', (text, expected) => {
    expect(said(text)).toEqual(expected);
  });

  it.each([
    '',
    'hello',
    '[]',
    'null',
    '{}',
    '{"ask":"a"}',
    '{"ask":"a","id":-1}',
    '{"ask":"a","id":2147483648}',
    '{"ask":"a","id":1.5}',
    '{"ask":"a","id":"1"}',
    '{"ask":"a","id":1,"encoding":"hex"}',
    '{"ask":"*","id":1,"encoding":"base64"}',
    '{"ask":5,"id":1,"encoding":"base64"}',
    '{"ask":"a","id":1,"answer":"b"}',
    '{"answer":"a","id":1}',
    '{"answer":"a","id":"*"}',
    '{"serve":1}',
    '{"serve":true,"id":1}',
  ])('is not %s', (text) => {
    expect(said(text)).toBeNull();
  });
});

describe('what a page is told', () => {
  it.each([
    ["80000007 'noon'", '{"answer":"noon","id":7}'],
    ['80000000', '{"answer":"","id":0}'],
    ['ffffffff 00 ff', '{"answer":"AP8=","id":2147483647,"encoding":"base64"}'],
    ['80000001 efbbbf', '{"answer":"\ufeff","id":1}'],
  ])('is the answer %s: %s', (message, text) => {
    expect(writeAnswer(bytes(message))).toBe(text);
  });

  it.each([
    ["00000005 80000007 'time'", '{"ask":"time","id":"AAAABYAAAAc="}'],
    ['00000005 00000006 80000007 00ff', '{"ask":"AP8=","id":"AAAABQAAAAaAAAAH","encoding":"base64"}'],
  ])('is the question %s: %s', (message, text) => {
    expect(writeAsk(bytes(message))).toBe(text);
  });

  it('leads an answer back on the way that the question came', () => {
    const question = JSON.parse(writeAsk(bytes("7fffffff 00000001 80000002 'q'")));
    expect(said(JSON.stringify({ answer: 'a', id: question.id }))).toEqual({
      answer: hex(bytes("7fffffff 00000001 80000002 'a'")),
    });
  });
});
