import { describe, expect, it } from 'vitest';
import { Scene } from './scene.ts';

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
