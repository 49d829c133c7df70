import { expect, it } from 'vitest';
import { switchProtocols } from '../../src/platform/socket.ts';

it('takes a copy of what is sent, so that the bytes may be overwritten at once', async () => {
  const { response, socket } = switchProtocols(null);
  const clientEnd = response.webSocket;
  if (clientEnd === null) throw new Error('The response holds no socket');
  clientEnd.binaryType = 'arraybuffer';
  const message = new Promise<MessageEvent>((resolve) => clientEnd.addEventListener('message', resolve));
  socket.accept();
  const bytes = Uint8Array.of(1, 2, 3);
  socket.send(bytes);
  bytes.fill(0);
  clientEnd.accept();
  expect(new Uint8Array((await message).data as ArrayBuffer)).toEqual(Uint8Array.of(1, 2, 3));
});
