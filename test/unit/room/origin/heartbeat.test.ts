import { describe, expect, it } from 'vitest';
import { STEADY_MS, WATCH_MS } from '../../../../src/room/origin/upstream.ts';
import { DOWN, Scene, UP } from './scene.ts';

describe('an origin from which nothing comes', () => {
  it('is left alone where nobody says how long is too long', () => {
    const scene = Scene.up();
    scene.passTo(24 * 3_600_000);
    expect([scene.origin.last.closed, scene.heard]).toEqual([null, [UP]]);
  });

  it('is given up when it was silent for so long, and not before; members are told, and it is dialled again', () => {
    const scene = Scene.up({ idleMs: 5000 });
    expect(scene.nextWake).toBe(5000);
    scene.passTo(4999);
    expect([scene.origin.last.closed, scene.nextWake]).toEqual([null, 5000]);
    scene.passTo(5000);
    expect([scene.origin.last.closed, scene.origin.last.isCut]).toEqual([{ code: 1001, reason: 'idle' }, true]);
    expect([scene.heard, scene.nextWake]).toEqual([[UP, DOWN], 6000]);
    scene.passTo(6000);
    scene.origin.last.accept();
    expect([scene.dials, scene.heard]).toEqual([2, [UP, DOWN, UP]]);
    expect(scene.origin.world.wakeUps.slice(-2)).toEqual([11_000, 6000 + STEADY_MS]);
  });

  it('is not heard any more once it was given up, nor told to be gone twice', () => {
    const scene = Scene.up({ idleMs: 5000 });
    const first = scene.origin.last;
    scene.passTo(5000);
    first.events.message('I was only asleep');
    first.end();
    expect([scene.heard, scene.nextWake]).toEqual([[UP, DOWN], 6000]);
  });

  it('is given its time anew by each message', () => {
    const scene = Scene.up({ idleMs: 5000 });
    for (const time of [4000, 8000]) {
      scene.origin.world.time = time;
      scene.origin.last.events.message('');
    }
    scene.passTo(12_999);
    expect([scene.origin.last.closed, scene.nextWake]).toEqual([null, 13_000]);
    scene.passTo(13_000);
    expect(scene.origin.last.closed?.code).toBe(1001);
  });

  it('gets what is sent from then on when it is back', () => {
    const scene = Scene.up({ idleMs: 5000 });
    const first = scene.origin.last;
    scene.upstream.send('lost');
    scene.passTo(5000);
    scene.upstream.send('kept');
    scene.passTo(6000);
    scene.origin.last.accept();
    expect([first.sent, scene.origin.last.sent]).toEqual([['lost'], ['kept']]);
  });

  it('counts as failing where its connections last no longer than that', () => {
    const scene = Scene.up({ idleMs: 5000 });
    scene.origin.chance = 1;
    scene.passTo(5000);
    expect(scene.nextWake).toBe(7000);
    scene.passTo(7000);
    scene.origin.last.accept();
    scene.passTo(12_000);
    expect(scene.nextWake).toBe(16_000);
  });

  it('does not keep the room from looking whether it is there still', () => {
    const scene = Scene.up({ idleMs: 10 * WATCH_MS });
    expect(scene.nextWake).toBe(WATCH_MS);
  });

  it('is watched anew by a room that slept', () => {
    const scene = new Scene(Scene.up({ idleMs: 5000 }).origin, { idleMs: 5000 });
    scene.origin.world.time = 4000;
    scene.upstream.want();
    scene.origin.last.accept();
    expect(scene.nextWake).toBe(9000);
    scene.passTo(9000);
    expect(scene.origin.last.closed?.code).toBe(1001);
  });
});

describe('an origin that is pinged', () => {
  const options = { idleMs: 5001, ping: 'ping', pong: 'pong' };

  it('is sent the text every half of its time, whatever comes, and stays while it answers', () => {
    const scene = Scene.up(options);
    expect(scene.nextWake).toBe(2501);
    for (const time of [2501, 5002, 7503]) {
      scene.passTo(time - 1);
      expect(scene.nextWake).toBe(time);
      scene.passTo(time);
      scene.origin.last.events.message('pong');
    }
    expect([scene.origin.last.sent, scene.origin.last.closed]).toEqual([['ping', 'ping', 'ping'], null]);
  });

  it('is not sent it twice where the room is woken for something else', () => {
    const scene = Scene.up(options);
    for (const time of [2501, 2501, 2600]) scene.passTo(time);
    expect(scene.origin.last.sent).toEqual(['ping']);
  });

  it('is given up where it does not answer', () => {
    const scene = Scene.up(options);
    scene.passTo(2501);
    expect(scene.nextWake).toBe(5002);
    scene.passTo(5001);
    expect(scene.origin.last.closed).toBeNull();
    scene.passTo(5002);
    expect([scene.origin.last.closed?.code, scene.heard]).toEqual([1001, [UP, DOWN]]);
  });

  it('is given up in its time after the last that was heard, however often it was asked since', () => {
    const scene = Scene.up(options);
    scene.passTo(2501);
    scene.origin.world.time = 2600;
    scene.origin.last.events.message('pong');
    for (const time of [5002, 7503, 7600]) scene.passTo(time);
    expect([scene.origin.last.sent.length, scene.origin.last.closed, scene.nextWake]).toEqual([3, null, 7601]);
    scene.passTo(7601);
    expect(scene.origin.last.closed?.code).toBe(1001);
  });

  it('has the time to answer also where the room was woken late', () => {
    const scene = Scene.up(options);
    scene.passTo(2501);
    scene.origin.last.events.message('pong');
    scene.passTo(100_000);
    expect([scene.origin.last.sent, scene.origin.last.closed, scene.nextWake]).toEqual([
      ['ping', 'ping'],
      null,
      102_501,
    ]);
    scene.passTo(102_501);
    expect(scene.origin.last.closed?.code).toBe(1001);
  });

  it('may answer with anything, of which members get what is not its pong', () => {
    const scene = Scene.up(options);
    const bytes = new TextEncoder().encode('pong').buffer;
    for (const message of ['pong', 'pong ', bytes]) scene.origin.last.events.message(message);
    expect(scene.heard).toEqual([UP, 'pong ', bytes]);
  });

  it('is given up in its time where the connection broke and nobody said so', () => {
    const scene = Scene.up(options);
    scene.origin.last.close();
    scene.passTo(2501);
    scene.passTo(5002);
    expect(scene.heard).toEqual([UP, DOWN]);
  });
});
