import { describe, expect, it } from 'vitest';
import type { Application } from '../../../../src/room/application.ts';
import { createRoom, Speaker } from './speaker.ts';

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
    await ada.send('{"id":2,"rpc":{"data":{"x":1.0,"y":12345678901234567890}}}\n{"send":{"data":[1e3]}}');
    expect(taken).toEqual([{ x: 1, y: 12345678901234567890 }, [1000]]);
  });
});
