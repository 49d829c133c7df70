import { describe, expect, it } from 'vitest';
import { InspectedConnection, type InspectOptions, type Report } from '../../../src/bridge/inspect.ts';
import { DEFAULT_LIMITS, type Limits } from '../../../src/config/limits.ts';
import { FakeSocket } from '../../support/members.ts';

type Changes = Partial<Omit<InspectOptions, 'limits'>> & { limits?: Partial<Limits> };

/** A connection through our hands, and a clock that tests turn. */
class Scene {
  readonly client = new FakeSocket();
  readonly origin = new FakeSocket();
  readonly reports: Report[] = [];
  readonly #timers = new Set<{ at: number; run: () => void }>();
  #now = 0;
  readonly connection: InspectedConnection;

  constructor({ limits, ...changes }: Changes = {}) {
    const options = { idleMs: 0, expiresAt: null, ...changes, limits: { ...DEFAULT_LIMITS, ...limits } };
    this.connection = new InspectedConnection({ client: this.client, origin: this.origin }, options, {
      now: () => this.#now,
      after: (ms, run) => this.#after(ms, run),
      onEnd: (report) => this.reports.push(report),
    });
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** The closes that client and origin were sent. */
  get closes() {
    return [this.client, this.origin].map(({ closed }) => closed && [closed.code, closed.reason]);
  }

  passTo(time: number): void {
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= time).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#now = next.at;
      this.#timers.delete(next);
      next.run();
    }
    this.#now = time;
  }

  #after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }
}

const bytes = (length: number) => new ArrayBuffer(length);

describe('messages', () => {
  it('go through as they are, text and bytes, both ways and in order', () => {
    const { connection, client, origin } = new Scene();
    for (const message of ['one', bytes(2), '']) connection.receive('client', message);
    for (const message of [bytes(0), 'two']) connection.receive('origin', message);
    expect([origin.sent, client.sent]).toEqual([
      ['one', bytes(2), ''],
      [bytes(0), 'two'],
    ]);
  });

  it.each(['é'.repeat(8), bytes(16)])('of a client may be as large as the limit', (message) => {
    const { connection, origin, closes } = new Scene({ limits: { maxMessageBytes: 16 } });
    connection.receive('client', message);
    expect([origin.sent, closes]).toEqual([[message], [null, null]]);
  });

  it.each([`${'é'.repeat(8)}a`, bytes(17)])('of a client that are larger cost the connection 1009', (message) => {
    const scene = new Scene({ limits: { maxMessageBytes: 16, overRate: 'drop' } });
    scene.connection.receive('client', message);
    expect(scene.origin.sent).toEqual([]);
    expect(scene.closes).toEqual(Array(2).fill([1009, 'message too big']));
  });

  it('of an origin may be of any size and as many as it likes', () => {
    const { connection, client, closes } = new Scene({ limits: { maxMessageBytes: 1, messageBurst: 1 } });
    for (let i = 0; i < 3; i++) connection.receive('origin', bytes(2));
    expect([client.sent.length, closes]).toEqual([3, [null, null]]);
  });

  it('of a client that are too many cost the connection 1008', () => {
    const scene = new Scene({ limits: { messagesPerSecond: 1, messageBurst: 2 } });
    for (const message of ['a', 'b', 'c']) scene.connection.receive('client', message);
    expect(scene.origin.sent).toEqual(['a', 'b']);
    expect(scene.closes).toEqual(Array(2).fill([1008, 'message rate exceeded']));
  });

  it('of a client that are too many bytes cost the connection 1008', () => {
    const scene = new Scene({ limits: { bytesPerSecond: 1, maxMessageBytes: 10 } });
    scene.connection.receive('client', bytes(10));
    scene.connection.receive('client', bytes(1));
    expect(scene.closes).toEqual(Array(2).fill([1008, 'byte rate exceeded']));
  });

  it('of a client that are too many cost only themselves where the route says so', () => {
    const scene = new Scene({ limits: { messagesPerSecond: 1, messageBurst: 1, overRate: 'drop' } });
    for (const message of ['a', 'b']) scene.connection.receive('client', message);
    scene.passTo(1000);
    scene.connection.receive('client', 'c');
    expect([scene.origin.sent, scene.closes]).toEqual([
      ['a', 'c'],
      [null, null],
    ]);
  });

  it.each(['client', 'origin'] as const)('for a %s that reads too slowly cost the connection 3008', (slow) => {
    const scene = new Scene({ limits: { maxBufferedBytes: 100 } });
    const from = slow === 'client' ? 'origin' : 'client';
    scene[slow].bufferedAmount = 100;
    scene.connection.receive(from, 'a');
    scene[slow].bufferedAmount = 101;
    scene.connection.receive(from, 'b');
    expect(scene[slow].sent).toEqual(['a']);
    expect(scene.closes).toEqual(Array(2).fill([3008, 'slow']));
  });

  it('that come after the end go nowhere', () => {
    const scene = new Scene({ limits: { maxMessageBytes: 1 } });
    scene.connection.receive('client', bytes(2));
    scene.connection.receive('client', 'a');
    scene.connection.receive('origin', 'b');
    expect([scene.client.sent, scene.origin.sent, scene.reports.length]).toEqual([[], [], 1]);
  });
});

describe('a Close', () => {
  it.each([
    ['client', 'origin'],
    ['origin', 'client'],
  ] as const)('of the %s is carried to the other side, and that one’s answer back', (by, other) => {
    const scene = new Scene();
    scene.connection.closed(by, 4000, 'bye');
    expect([scene[other].closed, scene[by].closed]).toEqual([{ code: 4000, reason: 'bye' }, null]);
    scene.connection.closed(other, 1000, 'well');
    expect(scene[by].closed).toEqual({ code: 1000, reason: 'well' });
    expect(scene.reports).toMatchObject([{ by, close: [4000, 'bye'] }]);
  });

  it.each([1004, 1005, 1006, 1015, 1016, 999, 5000])('with %i is carried without a code', (code) => {
    const scene = new Scene();
    scene.connection.closed('client', code, 'x');
    expect(scene.origin.closed).toEqual({ code: undefined, reason: undefined });
  });

  it('is carried with 123 bytes of its reason', () => {
    const scene = new Scene();
    scene.connection.closed('origin', 1000, 'é'.repeat(100));
    expect(scene.client.closed?.reason).toBe('é'.repeat(61));
  });

  it('lets the other side finish what it was saying', () => {
    const scene = new Scene();
    scene.connection.closed('client', 1000, '');
    scene.connection.receive('origin', 'the rest');
    expect(scene.client.sent).toEqual(['the rest']);
  });

  it('is answered after ten seconds where the other side does not', () => {
    const scene = new Scene();
    scene.connection.closed('client', 1000, 'bye');
    scene.passTo(9999);
    expect([scene.client.closed, scene.reports]).toEqual([null, []]);
    scene.passTo(10_000);
    expect(scene.client.closed).toEqual({ code: 1000, reason: 'bye' });
    scene.connection.closed('origin', 1000, '');
    expect([scene.reports.length, scene.timers]).toEqual([1, 0]);
  });

  it('that is not answered since the other side breaks off is answered at once', () => {
    const scene = new Scene();
    scene.connection.closed('client', 4001, 'bye');
    scene.connection.vanished('origin');
    expect(scene.client.closed).toEqual({ code: 4001, reason: 'bye' });
  });

  it('of both at once goes both ways, once', () => {
    const scene = new Scene();
    scene.connection.closed('client', 4001, 'c');
    scene.connection.vanished('client');
    scene.connection.closed('origin', 4002, 'o');
    scene.connection.vanished('origin');
    expect(scene.closes).toEqual([
      [4002, 'o'],
      [4001, 'c'],
    ]);
    expect(scene.reports).toHaveLength(1);
  });

  it('is the last one where a limit is met after it', () => {
    const scene = new Scene({ limits: { maxBufferedBytes: 1 } });
    scene.connection.closed('client', 1000, '');
    scene.client.bufferedAmount = 2;
    scene.connection.receive('origin', 'a');
    expect(scene.closes).toEqual([
      [3008, 'slow'],
      [1000, ''],
    ]);
  });
});

describe('a side that goes away without a word', () => {
  it('ends the origin with 1001 where it is the client', () => {
    const scene = new Scene();
    scene.connection.vanished('client');
    expect([scene.origin.closed, scene.reports.length]).toEqual([{ code: 1001, reason: 'client gone' }, 1]);
  });

  it('ends the client with 1011 where it is the origin', () => {
    const scene = new Scene();
    scene.connection.vanished('origin');
    expect([scene.client.closed, scene.reports.length]).toEqual([{ code: 1011, reason: 'service failed' }, 1]);
  });
});

describe('a connection that says nothing', () => {
  it('is closed with 1001 when it has been silent for so long, both ways', () => {
    const scene = new Scene({ idleMs: 1000 });
    scene.passTo(600);
    scene.connection.receive('client', 'a');
    scene.passTo(1500);
    scene.connection.receive('origin', 'b');
    scene.passTo(2499);
    expect(scene.closes).toEqual([null, null]);
    scene.passTo(2500);
    expect(scene.closes).toEqual(Array(2).fill([1001, 'idle']));
    expect([scene.reports.length, scene.timers]).toEqual([1, 0]);
  });

  it('stays where no end is set', () => {
    expect(new Scene().timers).toBe(0);
  });
});

describe('a credential that expires', () => {
  it('ends the connection with 3005', () => {
    const scene = new Scene({ expiresAt: 1000 });
    scene.passTo(999);
    expect(scene.closes).toEqual([null, null]);
    scene.passTo(1000);
    expect(scene.closes).toEqual(Array(2).fill([3005, 'connection expired']));
  });

  it('may be further off than a timer reaches', () => {
    const scene = new Scene({ expiresAt: 2 ** 32 });
    scene.passTo(2 ** 32 - 1);
    expect(scene.closes).toEqual([null, null]);
    scene.passTo(2 ** 32);
    expect(scene.closes).toEqual(Array(2).fill([3005, 'connection expired']));
  });
});

it('tells what went through, once, and leaves no timer', () => {
  const scene = new Scene({ idleMs: 60_000, expiresAt: 60_000 });
  scene.connection.receive('client', 'é');
  scene.connection.receive('client', bytes(3));
  scene.connection.receive('origin', 'abc');
  scene.passTo(1500);
  scene.connection.closed('origin', 1005, '');
  scene.connection.closed('client', 1005, '');
  expect(scene.reports).toEqual([
    { ms: 1500, client: { messages: 2, bytes: 5 }, origin: { messages: 1, bytes: 3 }, by: 'origin', close: [] },
  ]);
  expect(scene.timers).toBe(0);
});
