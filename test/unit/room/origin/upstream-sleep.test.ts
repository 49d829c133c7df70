import { describe, expect, it } from 'vitest';
import { type Upstream, WATCH_MS } from '../../../../src/room/origin/upstream.ts';
import { Scene, UP } from './scene.ts';

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
