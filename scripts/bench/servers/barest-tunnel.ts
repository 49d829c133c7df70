/** The least that a tunnel can be: what the others are compared with. */
import { connect } from 'cloudflare:sockets';

export { RoomObject, TunnelObject } from './barest.ts';

export default {
  async fetch(_, { ORIGIN }, context) {
    const { 0: clientEnd, 1: ourEnd } = new WebSocketPair();
    const service = connect(new URL(ORIGIN).host);
    await service.opened;
    const writer = service.writable.getWriter();
    ourEnd.binaryType = 'arraybuffer';
    ourEnd.accept();
    ourEnd.addEventListener('message', ({ data }) => writer.write(new Uint8Array(data as ArrayBuffer)));
    ourEnd.addEventListener('close', () => service.close());
    context.waitUntil(pump(service.readable, ourEnd));
    return new Response(null, { status: 101, webSocket: clientEnd });
  },
} satisfies ExportedHandler<{ ORIGIN: string }>;

async function pump(readable: ReadableStream<Uint8Array>, socket: WebSocket): Promise<void> {
  const reader = readable.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) socket.send(read.value);
  socket.close();
}
