/** The least that a proxy can be: what the others are compared with. */
export { RoomObject, TunnelObject } from './barest.ts';

export default {
  fetch(request, { ORIGIN }) {
    return fetch(ORIGIN + new URL(request.url).pathname, request);
  },
} satisfies ExportedHandler<{ ORIGIN: string }>;
