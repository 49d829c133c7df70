import { describe, expect, it } from 'vitest';
import { type OriginListener, STEADY_MS, Upstream, WATCH_MS } from '../../../../src/room/origin/upstream.ts';
import type { Message } from '../../../../src/room/ports.ts';
import { createOriginSettings, ManualOrigin } from '../../../support/manual-origin.ts';

/** A room's connection to an origin, and what the room was told of it. */
class Scene {
  readonly origin: ManualOrigin;
  readonly heard: (Message | { state: string })[] = [];
  readonly upstream: Upstream;

  constructor(origin = new ManualOrigin(), changes: Parameters<typeof createOriginSettings>[0] = {}) {
    this.origin = origin;
    const listener: OriginListener = {
      message: (message) => this.heard.push(message),
      state: (state) => this.heard.push({ state }),
    };
    this.upstream = new Upstream(origin, createOriginSettings(changes), listener);
  }

  /** The origin is there, and somebody wants it. */
  static up(changes = {}): Scene {
    const scene = new Scene(undefined, changes);
    scene.upstream.want();
    scene.origin.last.accept();
    return scene;
  }

  /** The same room after it slept. */
  awake(): Scene {
    return new Scene(new ManualOrigin(this.origin.world, this.origin.kept));
  }

  get dials(): number {
    return this.origin.dialled.length;
  }

  /** The time that was asked for last. */
  get nextWake(): number {
    return this.origin.world.wakeUps.at(-1) ?? Number.POSITIVE_INFINITY;
  }

  passTo(time: number): void {
    this.origin.world.time = time;
    this.upstream.wake();
  }
}

const UP = { state: 'up' };
const DOWN = { state: 'down' };

describe('an origin', () => {
  it('is dialled when somebody wants it, and once for all who do', () => {
    const scene = new Scene();
    expect(scene.dials).toBe(0);
    for (const _ of [1, 2, 3]) scene.upstream.want();
    expect([scene.dials, scene.heard]).toEqual([1, []]);
    scene.origin.last.accept();
    scene.upstream.want();
    expect([scene.dials, scene.heard]).toEqual([1, [UP]]);
  });

  it('is left with 1000 when nobody wants it any more, and not heard from then on', () => {
    const { upstream, origin, heard } = Scene.up();
    upstream.release();
    expect(origin.last.closed).toEqual({ code: 1000, reason: undefined });
    origin.last.events.message('late');
    origin.last.end();
    expect([heard, origin.dialled.length]).toEqual([[UP], 1]);
  });

  it('is dialled anew for who comes after that', () => {
    const scene = Scene.up();
    scene.upstream.release();
    expect(scene.upstream.told).toBeNull();
    scene.upstream.want();
    scene.origin.last.accept();
    expect([scene.dials, scene.heard]).toEqual([2, [UP, UP]]);
  });

  it('is not dialled twice where somebody comes back before it has answered', () => {
    const scene = new Scene();
    scene.upstream.want();
    scene.upstream.release();
    scene.upstream.want();
    scene.origin.last.accept();
    expect([scene.dials, scene.heard, scene.origin.last.closed]).toEqual([1, [UP], null]);
  });

  it('is left again where nobody is there when it answers', () => {
    const scene = new Scene();
    scene.upstream.want();
    scene.upstream.release();
    scene.origin.last.accept();
    expect([scene.origin.last.closed?.code, scene.heard]).toEqual([1000, []]);
  });

  it('is heard, text and bytes', () => {
    const { origin, heard } = Scene.up();
    const bytes = new ArrayBuffer(2);
    for (const message of ['a', bytes, '']) origin.last.events.message(message);
    expect(heard).toEqual([UP, 'a', bytes, '']);
  });

  it('that opens after the room has another one behind it is closed', () => {
    const scene = new Scene();
    scene.upstream.want();
    scene.upstream.end();
    scene.origin.last.accept();
    expect([scene.origin.last.closed?.code, scene.heard]).toEqual([1000, []]);
  });
});

describe('an origin that went away', () => {
  it('is dialled again when its time has come, and not before', () => {
    const scene = Scene.up();
    scene.origin.last.end();
    expect([scene.heard, scene.nextWake]).toEqual([[UP, DOWN], 1000]);
    scene.passTo(999);
    expect([scene.dials, scene.nextWake]).toEqual([1, 1000]);
    scene.passTo(1000);
    scene.origin.last.accept();
    expect([scene.dials, scene.heard]).toEqual([2, [UP, DOWN, UP]]);
  });

  it('is told of once, however often it fails, and after ever longer waits', () => {
    const scene = Scene.up();
    scene.origin.chance = 1;
    const waits = Array.from({ length: 6 }, () => {
      scene.origin.last.end();
      const wait = scene.nextWake - scene.origin.now();
      scene.passTo(scene.nextWake);
      return wait;
    });
    expect([waits, scene.heard]).toEqual([
      [2000, 4000, 8000, 16_000, 30_000, 30_000],
      [UP, DOWN],
    ]);
  });

  it('counts as failing still where it does not last', () => {
    const scene = Scene.up();
    scene.origin.chance = 1;
    scene.origin.last.end();
    scene.passTo(2000);
    scene.origin.last.accept();
    scene.passTo(2000 + STEADY_MS - 1);
    scene.origin.last.end();
    expect([scene.nextWake - scene.origin.now(), scene.heard]).toEqual([4000, [UP, DOWN, UP, DOWN]]);
  });

  it('begins from the shortest wait where it lasted', () => {
    const scene = Scene.up();
    scene.origin.chance = 1;
    scene.origin.last.end();
    scene.passTo(2000);
    scene.origin.last.accept();
    expect(scene.nextWake).toBe(2000 + STEADY_MS);
    scene.passTo(2000 + STEADY_MS);
    expect(scene.origin.kept.values.size).toBe(0);
    scene.origin.last.end();
    expect(scene.nextWake - scene.origin.now()).toBe(2000);
  });

  it('begins from the shortest wait also where nothing has woken the room since', () => {
    const scene = Scene.up();
    scene.origin.chance = 1;
    scene.origin.last.end();
    scene.passTo(2000);
    scene.origin.last.accept();
    scene.origin.world.time += STEADY_MS;
    scene.origin.last.end();
    expect(scene.nextWake - scene.origin.now()).toBe(2000);
  });

  it('is told of once where both an error and a close say so', () => {
    const scene = Scene.up();
    const first = scene.origin.last;
    first.end();
    first.end();
    scene.passTo(1000);
    first.end();
    expect([scene.dials, scene.heard]).toEqual([2, [UP, DOWN]]);
    scene.origin.last.accept();
    expect(scene.heard).toEqual([UP, DOWN, UP]);
  });

  it('is not dialled for nobody', () => {
    const scene = Scene.up();
    scene.origin.last.end();
    scene.upstream.release();
    scene.passTo(5000);
    expect(scene.dials).toBe(1);
    scene.upstream.want();
    expect(scene.dials).toBe(2);
  });

  it('makes who comes meanwhile wait, too', () => {
    const scene = Scene.up();
    scene.origin.last.end();
    scene.upstream.release();
    scene.upstream.want();
    expect(scene.dials).toBe(1);
    scene.passTo(1000);
    expect(scene.dials).toBe(2);
  });
});

describe('what is sent', () => {
  it('goes up at once where the origin is there', () => {
    const { upstream, origin } = Scene.up();
    const bytes = new ArrayBuffer(1);
    expect([upstream.send('a'), upstream.send(bytes)]).toEqual([true, true]);
    expect(origin.last.sent).toEqual(['a', bytes]);
  });

  it('waits for the origin, and goes up once and in order, before what is sent after it', () => {
    const scene = Scene.up();
    scene.origin.last.end();
    for (const message of ['a', 'b']) scene.upstream.send(message);
    scene.passTo(1000);
    scene.upstream.send('c');
    scene.origin.last.accept();
    scene.upstream.send('d');
    expect(scene.origin.last.sent).toEqual(['a', 'b', 'c', 'd']);
    scene.origin.last.end();
    scene.passTo(5000);
    scene.origin.last.accept();
    expect(scene.origin.last.sent).toEqual([]);
  });

  it('waits where the connection has broken and nobody has said so yet', () => {
    const scene = Scene.up();
    scene.origin.last.close();
    expect([scene.upstream.send('a'), scene.upstream.send('b')]).toEqual([true, true]);
    scene.origin.last.end();
    scene.passTo(1000);
    scene.origin.last.accept();
    expect(scene.origin.last.sent).toEqual(['a', 'b']);
  });

  it('stays in line where the connection breaks while what waited goes up', () => {
    const scene = new Scene();
    scene.upstream.want();
    for (const message of ['a', 'b', 'c']) scene.upstream.send(message);
    const first = scene.origin.last;
    first.onSend = (message) => {
      if (message === 'b') throw new TypeError('The connection is lost');
    };
    first.accept();
    scene.upstream.send('d');
    first.end();
    scene.passTo(1000);
    scene.origin.last.accept();
    expect([first.sent, scene.origin.last.sent]).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('is refused where no more may wait', () => {
    const scene = new Scene(undefined, { maxQueuedBytes: 2 * 129 });
    scene.upstream.want();
    expect(['a', 'b', 'c'].map((message) => scene.upstream.send(message))).toEqual([true, true, false]);
    scene.origin.last.accept();
    expect([scene.upstream.send('c'), scene.origin.last.sent]).toEqual([true, ['a', 'b', 'c']]);
  });

  it('is refused where the origin reads slowly, and taken again when it has read', () => {
    const { upstream, origin } = Scene.up({ maxQueuedBytes: 10 });
    origin.last.bufferedAmount = 10;
    expect(upstream.send('a')).toBe(true);
    origin.last.bufferedAmount = 11;
    expect(upstream.send('b')).toBe(false);
    origin.last.bufferedAmount = 0;
    expect([upstream.send('c'), origin.last.sent]).toEqual([true, ['a', 'c']]);
  });

  it('gets one more chance when nobody is there any more, and then nobody stays', () => {
    const scene = Scene.up();
    scene.origin.last.end();
    scene.upstream.send('last words');
    scene.upstream.release();
    scene.passTo(1000);
    scene.origin.last.accept();
    expect([scene.origin.last.sent, scene.origin.last.closed?.code]).toEqual([['last words'], 1000]);
  });

  it('gets that chance also where the connection has broken and nobody has said so yet', () => {
    const scene = Scene.up();
    scene.origin.last.close();
    scene.upstream.send('last words');
    scene.upstream.release();
    scene.origin.last.end();
    scene.passTo(1000);
    scene.origin.last.accept();
    expect([scene.origin.last.sent, scene.origin.last.closed?.code]).toEqual([['last words'], 1000]);
  });

  it('gets one more where the connection breaks while it goes up', () => {
    const scene = new Scene();
    scene.upstream.want();
    for (const message of ['a', 'b']) scene.upstream.send(message);
    scene.upstream.release();
    const first = scene.origin.last;
    first.onSend = (message) => {
      if (message === 'b') throw new TypeError('The connection is lost');
    };
    first.accept();
    first.end();
    scene.passTo(scene.nextWake);
    expect(scene.origin.now()).toBe(1000);
    scene.origin.last.accept();
    expect([first.sent, scene.origin.last.sent]).toEqual([['a'], ['b']]);
  });

  it('is given up where that chance fails', () => {
    const scene = Scene.up();
    scene.origin.last.end();
    scene.upstream.send('last words');
    scene.upstream.release();
    scene.passTo(1000);
    scene.origin.last.end();
    scene.passTo(100_000);
    expect(scene.dials).toBe(2);
    scene.upstream.want();
    scene.origin.last.accept();
    expect(scene.origin.last.sent).toEqual([]);
  });
});

describe('a room that slept', () => {
  it('dials again where it had an origin', () => {
    const scene = Scene.up().awake();
    scene.upstream.want();
    scene.origin.last.accept();
    expect(scene.heard).toEqual([UP]);
  });

  it('waits on where it was waiting, and sends what waited with it', () => {
    const before = Scene.up();
    before.origin.last.end();
    before.upstream.send('a');
    before.origin.world.time = 500;
    const scene = before.awake();
    scene.upstream.want();
    scene.upstream.send('b');
    expect([scene.dials, scene.upstream.told]).toEqual([0, 'down']);
    scene.passTo(1000);
    scene.origin.last.accept();
    expect([scene.origin.last.sent, scene.heard]).toEqual([['a', 'b'], [UP]]);
  });

  it('does not say again that the origin is gone, and goes on to wait longer', () => {
    const before = Scene.up();
    before.origin.chance = 1;
    before.origin.last.end();
    before.origin.world.time = 2000;
    const scene = before.awake();
    scene.origin.chance = 1;
    scene.upstream.want();
    scene.origin.last.end();
    expect([scene.nextWake - scene.origin.now(), scene.heard]).toEqual([4000, []]);
  });

  it.each([
    ['its alarm', (upstream: Upstream) => upstream.wake()],
    ['the close of its last member', (upstream: Upstream) => upstream.release()],
  ])('gives what waits its chance also where it is woken by %s alone', (_, wake) => {
    const before = Scene.up();
    before.origin.last.end();
    before.upstream.send('last words');
    before.origin.world.time = 1000;
    const scene = before.awake();
    wake(scene.upstream);
    scene.origin.last.accept();
    expect([scene.origin.last.sent, scene.origin.last.closed?.code]).toEqual([['last words'], 1000]);
  });

  it('dials for nobody and nothing', () => {
    const scene = Scene.up().awake();
    scene.upstream.wake();
    scene.upstream.release();
    expect(scene.dials).toBe(0);
  });

  it('is woken while it has an origin, since it might have lost it in its sleep', () => {
    const scene = Scene.up();
    expect(scene.nextWake).toBe(WATCH_MS);
    scene.passTo(WATCH_MS);
    expect(scene.nextWake).toBe(2 * WATCH_MS);
    scene.upstream.release();
    scene.passTo(2 * WATCH_MS);
    expect(scene.nextWake).toBe(2 * WATCH_MS);
  });
});

it('forgets all that it kept when something else stands behind the room', () => {
  const scene = Scene.up();
  scene.origin.last.end();
  scene.upstream.send('a');
  scene.upstream.end();
  expect(scene.origin.kept.values.size).toBe(0);
  scene.passTo(5000);
  expect(scene.dials).toBe(1);
});
