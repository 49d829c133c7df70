/** The least that a proxy can be, and the least that asks: what the others are compared with. */
import { RoomObject } from './barest-grip.ts';

export { TunnelObject } from './barest.ts';
export { RoomObject };

export default {
  fetch(request, { ORIGIN, ROOM }) {
    const { pathname } = new URL(request.url);
    return pathname.startsWith('/asking/')
      ? ROOM.getByName(pathname).fetch(request)
      : fetch(ORIGIN + pathname, request);
  },
} satisfies ExportedHandler<{ ORIGIN: string; ROOM: DurableObjectNamespace<RoomObject> }>;
