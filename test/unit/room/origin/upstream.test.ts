import { describe, expect, it } from 'vitest';
import { STEADY_MS } from '../../../../src/room/origin/upstream.ts';
import { DOWN, Scene, UP } from './scene.ts';

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
    expect([origin.last.closed, origin.last.isCut]).toEqual([{ code: 1000, reason: '' }, false]);
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
