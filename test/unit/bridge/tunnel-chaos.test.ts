import fc from 'fast-check';
import { expect, it } from 'vitest';
import { base64Framing, type FrameKind } from '../../../src/bridge/framing.ts';
import { concat } from '../../../src/util/bytes.ts';
import { bytes, numbered, TestTunnel } from '../../support/tunnel.ts';

const RUNS = { numRuns: 60, seed: 1 };

/** Nothing is to be said of a tunnel but this, whatever came before: it is over, once. */
async function expectOver(t: TestTunnel): Promise<void> {
  t.service.goOn();
  t.vanish();
  await t.advance(60_000);
  expect({ closes: t.client.closes.length, ended: t.ended, late: t.client.late }).toEqual({
    closes: 1,
    ended: 1,
    late: 0,
  });
  expect({ drops: t.service.closes, timers: t.clock.pending, held: t.gate.isHeld }).toEqual({
    drops: 1,
    timers: 0,
    held: false,
  });
  expect(t.service.writable.locked).toBe(true);
}

const startsWith = (whole: Uint8Array, start: Uint8Array) =>
  Buffer.compare(whole.subarray(0, start.length), start) === 0;

const pieces = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 30 });
const sizes = fc.array(fc.oneof(fc.nat(100), fc.nat(300_000)), { maxLength: 12 });

it('brings bytes unchanged and in order, both ways, whatever they come in', async () => {
  const frames = fc.constantFrom<FrameKind>('binary', 'text', 'mirror');
  await fc.assert(
    fc.asyncProperty(pieces, sizes, frames, fc.boolean(), async (up, down, kind, isSlow) => {
      const t = new TestTunnel({ frames: kind });
      if (isSlow) t.service.stall();
      // Text frames hold any bytes only where those are text.
      const said = down.map((size) => (kind === 'text' ? new Uint8Array(size).fill(0x61) : numbered(size)));
      for (const [index, piece] of up.entries()) {
        t.send(piece);
        t.service.say(said[index] ?? new Uint8Array());
        if (index % 3 === 0) await t.settle();
      }
      for (const piece of said.slice(up.length)) t.service.say(piece);
      await t.advance(100);
      t.service.goOn();
      t.close();
      t.service.end();
      await t.advance(60_000);
      expect(Buffer.compare(t.service.taken, concat(up))).toBe(0);
      expect(Buffer.compare(t.client.received, concat(said))).toBe(0);
      expect([t.client.closes, t.service.state]).toEqual([[[1000, '']], 'ended']);
      await expectOver(t);
    }),
    RUNS,
  );
});

it('loses nothing where the service reads slowly and large messages come', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(400_000), { minLength: 10, maxLength: 30 }), fc.nat(9000), async (up, stall) => {
      const t = new TestTunnel();
      t.service.stall();
      for (const size of up) t.send(numbered(size));
      await t.advance(stall);
      t.service.goOn();
      await t.advance(20_000);
      t.close();
      await t.settle();
      expect(Buffer.compare(t.service.taken, concat(up.map(numbered)))).toBe(0);
      expect(t.service.state).toBe('ended');
      await expectOver(t);
    }),
    { ...RUNS, numRuns: 20 },
  );
});

const step = fc.oneof(
  fc.record({ act: fc.constant('send' as const), size: fc.nat(20) }),
  fc.record({ act: fc.constant('send' as const), size: fc.nat(700_000) }),
  fc.record({ act: fc.constant('text' as const), text: fc.constantFrom('0', '5', '100', '-', 'YQ==', 'é', '') }),
  fc.record({ act: fc.constant('say' as const), size: fc.nat(400_000) }),
  fc.record({ act: fc.constant('advance' as const), ms: fc.nat(6000) }),
  fc.record({
    act: fc.constantFrom('close', 'vanish', 'end', 'reset', 'break', 'stall', 'goOn', 'settle', 'gone', 'slow'),
  }),
);
type Step = (typeof step)['generate'] extends (...given: never[]) => { value: infer S } ? S : never;

async function take(t: TestTunnel, taken: Step, sent: Uint8Array[], said: Uint8Array[]): Promise<void> {
  switch (taken.act) {
    case 'send':
      sent.push(numbered(taken.size));
      return t.send(numbered(taken.size));
    case 'text':
      sent.push(bytes(taken.text));
      return t.send(taken.text);
    case 'say':
      said.push(numbered(taken.size));
      return t.service.say(numbered(taken.size));
    case 'advance':
      return t.advance(taken.ms);
    case 'gone':
      t.client.isGone = true;
      return;
    case 'slow':
      t.client.bufferedAmount = 1e9;
      return;
    case 'close':
    case 'vanish':
    case 'settle':
      return t[taken.act]();
    default:
      t.service[taken.act]();
  }
}

it('ends once and leaves nothing behind, whatever happens in whatever order', async () => {
  const options = fc.record({
    halfCloses: fc.boolean(),
    idleMs: fc.constantFrom(0, 5000),
    lifetimeMs: fc.constantFrom(0, 20_000),
    expiresInMs: fc.constantFrom(null, 15_000),
    maxBufferedBytes: fc.constantFrom(10, 1_000_000),
  });
  await fc.assert(
    fc.asyncProperty(options, fc.array(step, { maxLength: 40 }), async (given, steps) => {
      const t = new TestTunnel(given);
      const [sent, said]: Uint8Array[][] = [[], []];
      for (const next of steps) await take(t, next, sent ?? [], said ?? []);
      await expectOver(t);
      if (!given.halfCloses) expect(startsWith(concat(sent ?? []), t.service.taken)).toBe(true);
      expect(startsWith(concat(said ?? []), t.client.received)).toBe(true);
    }),
    { ...RUNS, numRuns: 200 },
  );
});

it('ends once also where the framing takes only some messages', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const t = new TestTunnel({ framing: base64Framing() });
      for (const next of steps) await take(t, next, [], []);
      await expectOver(t);
    }),
    RUNS,
  );
});
