import { describe, expect, it } from 'vitest';
import { base64Framing } from '../../../src/bridge/framing.ts';
import { bytes, numbered, TestTunnel } from '../../support/tunnel.ts';

const text = (content: Uint8Array) => new TextDecoder().decode(content);
const ENDED = [[1000, '']];

describe('a tunnel', () => {
  it('takes the payload of messages up and brings bytes down, and counts both', async () => {
    const t = new TestTunnel();
    t.send(bytes('hello '));
    t.send('wörld');
    t.service.say(bytes('220 ready\r\n'));
    await t.settle();
    expect([text(t.service.taken), t.client.sent]).toEqual(['hello wörld', [bytes('220 ready\r\n')]]);
    expect(t.tunnel.bytes).toEqual({ up: 12, down: 11 });
  });

  it('writes what comes during a write in one', async () => {
    const t = new TestTunnel();
    t.service.stall();
    for (const part of ['a', 'b', 'c', 'd']) t.send(bytes(part));
    await t.settle();
    t.service.goOn();
    await t.settle();
    expect(t.service.writes.map(text)).toEqual(['a', 'bcd']);
  });

  it('reads large pieces once a small one was full, until many in a row are small', async () => {
    const t = new TestTunnel();
    const few = Array(16).fill(16_383);
    const said = [16_383, 16_384, 200_000, ...few.slice(1), 300_000, ...few, 20_000].map(numbered);
    for (const part of said) {
      t.service.say(part);
      await t.settle();
    }
    const sizes = t.client.sent.map((message) => (message as Uint8Array).length);
    expect(sizes).toEqual([16_383, 16_384, 200_000, ...few.slice(1), 262_144, 37_856, ...few, 16_384, 3_616]);
    expect(Buffer.compare(t.client.received, Buffer.concat(said))).toBe(0);
  });

  it('closes with 1000 when the service ends, and still writes what the client had sent', async () => {
    const t = new TestTunnel();
    t.service.stall();
    t.send(bytes('first'));
    t.send(bytes('second'));
    t.service.say(bytes('bye'));
    t.service.end();
    await t.settle();
    expect([t.client.closes, text(t.client.received), t.service.closes]).toEqual([ENDED, 'bye', 0]);
    t.service.goOn();
    await t.settle();
    expect([text(t.service.taken), t.service.state, t.service.closes]).toEqual(['firstsecond', 'ended', 1]);
    expect([t.clock.pending, t.ended]).toEqual([0, 1]);
  });

  it('waits ten seconds, and no longer, for a service that takes no more', async () => {
    const t = new TestTunnel();
    t.service.stall();
    t.send(bytes('lost'));
    t.service.end();
    await t.advance(9_999);
    expect([t.client.closes, t.service.closes]).toEqual([ENDED, 0]);
    await t.advance(1);
    expect([t.service.closes, t.clock.pending]).toEqual([1, 0]);
  });

  it('closes with 1011 when the service resets', async () => {
    const t = new TestTunnel();
    t.service.say(bytes('some'));
    await t.settle();
    t.service.reset();
    await t.settle();
    expect([t.client.closes, text(t.client.received)]).toEqual([[[1011, 'service failed']], 'some']);
    expect([t.service.closes, t.clock.pending, t.ended]).toEqual([1, 0, 1]);
  });

  it('brings down what a service has said that takes no more, and closes with 1011', async () => {
    const t = new TestTunnel();
    t.service.break();
    t.send(bytes('too much'));
    await t.settle();
    t.send(bytes('more'));
    t.service.say(bytes('go away'));
    await t.settle();
    expect(t.client.closes).toEqual([]);
    t.service.end();
    await t.settle();
    expect([t.client.closes, text(t.client.received)]).toEqual([[[1011, 'service failed']], 'go away']);
    expect([t.service.closes, t.clock.pending]).toEqual([1, 0]);
  });

  it('waits ten seconds for the end of what such a service says', async () => {
    const t = new TestTunnel();
    t.service.break();
    t.send(bytes('too much'));
    await t.advance(9_999);
    expect(t.client.closes).toEqual([]);
    await t.advance(1);
    expect([t.client.closes, t.service.closes, t.clock.pending]).toEqual([[[1011, 'service failed']], 1, 0]);
  });

  it('ends the stream to the service when the client closes, and delivers what still comes', async () => {
    const t = new TestTunnel();
    t.send(bytes('request'));
    t.close();
    await t.settle();
    expect([t.service.state, t.client.closes]).toEqual(['ended', []]);
    t.service.say(bytes('late answer'));
    t.service.end();
    await t.settle();
    expect([text(t.client.received), t.client.closes, t.service.closes]).toEqual(['late answer', ENDED, 1]);
    expect(t.clock.pending).toBe(0);
  });

  it('waits ten seconds for the end of the service after the close of the client', async () => {
    const t = new TestTunnel();
    t.close();
    await t.advance(9_999);
    t.service.say(bytes('slow'));
    await t.settle();
    expect([text(t.client.received), t.client.closes]).toEqual(['slow', []]);
    await t.advance(1);
    expect([t.client.closes, t.service.closes, t.clock.pending]).toEqual([ENDED, 1, 0]);
  });

  it('drops everything when the client is gone', async () => {
    const t = new TestTunnel();
    t.service.stall();
    t.send(bytes('a'));
    t.send(bytes('b'));
    t.vanish();
    await t.settle();
    expect([t.service.closes, t.ended, t.clock.pending, t.client.closes.length]).toEqual([1, 1, 0, 1]);
    t.service.say(bytes('nobody hears this'));
    await t.settle();
    expect([t.client.sent, text(t.service.taken)]).toEqual([[], '']);
  });

  it('takes a socket that does not take messages any more for gone', async () => {
    const t = new TestTunnel({ halfCloses: true });
    t.client.isGone = true;
    t.service.say(bytes('hello'));
    t.service.end();
    await t.settle();
    expect([t.ended, t.service.closes, t.client.closes.length, t.client.late]).toEqual([1, 1, 1, 0]);
  });

  it('sends what was left of a character when the service ends, and nothing to a client that is gone', async () => {
    const t = new TestTunnel({ frames: 'text' });
    t.service.say(Uint8Array.of(0x41, 0xe6, 0x97));
    t.service.end();
    await t.settle();
    expect([t.client.sent, t.client.closes]).toEqual([['A', '\ufffd'], ENDED]);
    const gone = new TestTunnel({ frames: 'text', halfCloses: true });
    gone.client.isGone = true;
    gone.service.say(Uint8Array.of(0xe6, 0x97));
    gone.service.end();
    await gone.settle();
    expect([gone.ended, gone.client.late]).toEqual([1, 0]);
  });

  it('takes nothing for an end but an end: empty messages change nothing', async () => {
    const t = new TestTunnel();
    t.send('');
    t.send(bytes(''));
    t.send(bytes('still here'));
    await t.settle();
    expect([text(t.service.taken), t.client.closes]).toEqual(['still here', []]);
  });

  it('closes with 1003 for a message that is not of its framing', async () => {
    const t = new TestTunnel({ framing: base64Framing() });
    t.send(btoa('good'));
    await t.settle();
    t.send('not base64!');
    t.send(btoa('never taken'));
    await t.settle();
    expect([t.client.closes, text(t.service.taken)]).toEqual([[[1003, 'unexpected message']], 'good']);
  });
});

describe('a tunnel that half-closes', () => {
  const create = (changes = {}) => new TestTunnel({ halfCloses: true, ...changes });

  it('ends the stream to the service at an empty message, and goes on to deliver', async () => {
    const t = create({ idleMs: 0 });
    t.send(bytes('all'));
    t.send(bytes(''));
    await t.advance(60_000);
    t.service.say(bytes('answer'));
    await t.settle();
    expect([text(t.service.taken), t.service.state, text(t.client.received)]).toEqual(['all', 'ended', 'answer']);
    expect(t.client.closes).toEqual([]);
    t.service.end();
    await t.settle();
    expect([t.client.closes, t.service.closes, t.client.sent.length]).toEqual([ENDED, 1, 1]);
  });

  it('sends an empty message when the service ends, and goes on to take', async () => {
    const t = create();
    t.service.say(bytes('that is all'));
    t.service.end();
    await t.advance(60_000);
    expect([t.client.sent.at(-1), t.client.closes]).toEqual([new ArrayBuffer(0), []]);
    t.send(bytes('thanks'));
    t.send(bytes(''));
    await t.settle();
    expect([text(t.service.taken), t.service.state, t.client.closes]).toEqual(['thanks', 'ended', ENDED]);
    expect([t.service.closes, t.clock.pending]).toEqual([1, 0]);
  });

  it('takes a close of the client for the end of its stream', async () => {
    const t = create();
    t.service.end();
    t.send(bytes('thanks'));
    t.close();
    await t.settle();
    expect([text(t.service.taken), t.service.state, t.client.closes]).toEqual(['thanks', 'ended', ENDED]);
  });

  it('closes with 1003 for what comes after the end', async () => {
    for (const late of [bytes('late'), bytes('')]) {
      const t = create();
      t.send(bytes(''));
      t.send(late);
      await t.settle();
      expect(t.client.closes).toEqual([[1003, 'unexpected message']]);
    }
  });

  it('closes with 1011 when the service takes no more after its own end', async () => {
    const t = create();
    t.service.end();
    await t.settle();
    t.service.break();
    t.send(bytes('thanks'));
    await t.settle();
    expect([t.client.closes, t.service.closes, t.clock.pending]).toEqual([[[1011, 'service failed']], 1, 0]);
  });

  it('sends as far beyond what the client has received as it may, and goes on at its word', async () => {
    const t = create({ maxBufferedBytes: 100_000 });
    t.send('0');
    await t.settle();
    const received = () => t.tunnel.bytes.down;
    for (const size of [100_000, 1, 50_000]) {
      t.service.say(numbered(size));
      await t.settle();
    }
    expect(received()).toBe(100_001);
    await t.advance(1000);
    t.send('0');
    await t.settle();
    expect([received(), t.clock.pending]).toEqual([100_001, 0]);
    t.send('1');
    await t.settle();
    expect(received()).toBe(150_001);
    t.send('150001');
    t.service.say(numbered(10));
    await t.settle();
    expect([received(), t.client.closes]).toEqual([150_011, []]);
  });

  it.each(['', 'x', '1.0', '-1', '+1', ' 1', '1 ', '1e1', '0x1', '６', '11', '9999999999999999', '4'])(
    'closes with 1003 for an acknowledgement of "%s", with 10 bytes sent and 5 of them acknowledged',
    async (count) => {
      const t = create();
      t.service.say(numbered(10));
      await t.settle();
      t.send('5');
      t.send('5');
      await t.settle();
      expect(t.client.closes).toEqual([]);
      t.send(count);
      await t.settle();
      expect(t.client.closes).toEqual([[1003, 'unexpected message']]);
    },
  );
});
