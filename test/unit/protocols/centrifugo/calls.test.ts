import { describe, expect, it } from 'vitest';
import type { Application } from '../../../../src/room/application.ts';
import { createRoom, Speaker, subscribe } from './speaker.ts';

/** A client of a room behind which an application stands. */
function speakTo(application: Application): Speaker {
  const { hub } = createRoom();
  hub.application = application;
  return Speaker.connect(hub);
}

describe('a call of the application behind the room', () => {
  it('is made with numbers, however they are written', async () => {
    const taken: unknown[] = [];
    const ada = speakTo({
      rpc: async (_, __, data) => ({ data: taken.push(data) }),
      send: (_, data) => void taken.push(data),
    });
    await ada.send('{"id":2,"rpc":{"data":{"x":1.0,"y":9007199254740993}}}\n{"send":{"data":[1e3]}}');
    expect(taken).toEqual([{ x: 1, y: 2 ** 53 }, [1000]]);
  });

  it.each([{ rpc: {} }, { send: {} }])(
    'is made when what stood before it in its frame is answered: %j',
    async (call) => {
      const { hub } = createRoom();
      const sayHello = () => hub.publish('a', { data: '"hello"', json: true, publisher: null, tags: null });
      hub.application = { rpc: async () => ({ data: sayHello() }), send: sayHello };
      const ada = Speaker.connect(hub);
      await ada.say(subscribe('a'), call);
      expect(ada.lines().slice(0, 2)).toEqual([
        { id: 2, subscribe: {} },
        { push: { channel: 'a', pub: { data: 'hello' } } },
      ]);
    },
  );
});
