import { describe, expect, it } from 'vitest';
import {
  binaryFrame,
  countBytes,
  countFrames,
  countLines,
  FrameReader,
  maskedFrame,
  textFrame,
} from '../../../../scripts/bench/frames.ts';

/** A text message as a server sends it. */
function serverFrame(text: string): Buffer {
  const { length } = Buffer.from(text);
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = 0x81;
  head[1] = length < 126 ? length : length < 65_536 ? 126 : 127;
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, Buffer.from(text)]);
}

/** What a counter comes to when a stream arrives in chunks of so many bytes. */
function countIn(stream: Buffer, chunkBytes: number, count: typeof countFrames): number {
  const frames = new FrameReader();
  let sum = 0;
  for (let at = 0; at < stream.length; at += chunkBytes) sum += count(frames, stream.subarray(at, at + chunkBytes));
  return sum;
}

describe('a frame of a client', () => {
  it.each([
    ['has its length in the second byte', 125, '81fd00000000'],
    ['has its length in two more bytes', 126, '81fe007e00000000'],
    ['has both of them', 1024, '81fe040000000000'],
    ['has its length in eight more bytes', 65_536, '81ff000000000001000000000000'],
  ])('%s', (_, length, head) => {
    expect(textFrame('x'.repeat(length)).toString('hex')).toBe(head + '78'.repeat(length));
    const binary = binaryFrame(Buffer.alloc(length, 'x')).toString('hex');
    expect(binary).toBe(`82${head.slice(2)}${'78'.repeat(length)}`);
  });

  it('may be masked by more than zeros', () => {
    const frame = maskedFrame(Buffer.from('Hello'));
    expect(frame.toString('hex')).toBe('828537fa213d7f9f4d5158');
  });

  it('counts bytes and not characters', () => {
    expect(textFrame('é').toString('hex')).toBe('818200000000c3a9');
  });
});

/** Ten bytes make a head whose length is a line feed; 2560 is one in a head of four bytes. */
const TEXTS = [
  '',
  'a',
  'ten bytes!',
  'a\nb',
  '\n\n',
  'x'.repeat(125),
  'x'.repeat(2560),
  'y\n'.repeat(300),
  'z'.repeat(70_000),
];
const STREAM = Buffer.concat(TEXTS.map(serverFrame));

describe.each([1, 2, 3, 7, 1000, STREAM.length])('a stream in chunks of %i bytes', (chunkBytes) => {
  it('has as many messages as frames where each stands in one', () => {
    expect(countIn(STREAM, chunkBytes, countFrames)).toBe(TEXTS.length);
  });

  it('has as many messages as lines where several share a frame', () => {
    const lines = TEXTS.flatMap((text) => text.split('\n'));
    expect(countIn(STREAM, chunkBytes, countLines)).toBe(lines.length);
  });

  it('has as many bytes as its messages where they mean nothing', () => {
    expect(countIn(STREAM, chunkBytes, countBytes)).toBe(Buffer.from(TEXTS.join('')).length);
  });

  it('gives back what was sent', () => {
    const frames = new FrameReader();
    const texts: string[] = [];
    let text = '';
    for (let at = 0; at < STREAM.length; at += chunkBytes) {
      const chunk = STREAM.subarray(at, at + chunkBytes);
      frames.read(chunk, (from, to, isEnd) => {
        text += chunk.toString('latin1', from, to);
        if (isEnd) texts.push(text);
        if (isEnd) text = '';
      });
    }
    expect(texts).toEqual(TEXTS);
  });
});

describe('a frame of a server', () => {
  it('may be binary', () => {
    expect(countFrames(new FrameReader(), Buffer.from('820161810162', 'hex'))).toBe(2);
  });

  it.each([
    ['a part of a binary message', '020161'],
    ['a part of a message', '010161'],
    ['a Close', '880203e8'],
    ['a Ping', '8900'],
  ])('is refused where it is %s', (_, hex) => {
    expect(() => countFrames(new FrameReader(), Buffer.from(hex, 'hex'))).toThrow('a frame of another kind');
  });
});
