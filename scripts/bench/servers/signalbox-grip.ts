/** The router as it is deployed, with the application server that a binding names, which is asked by requests. */
import { createApp, type Env } from '../../../src/app.ts';
import { MAX_LIMITS } from '../../../src/config/limits.ts';
import { parseConfig } from '../../../src/config/parse.ts';

export { RoomObject } from '../../../durable/room.ts';
export { TunnelObject } from '../../../durable/tunnel.ts';

let app: ReturnType<typeof createApp> | undefined;

function create({ ORIGIN }: Env): ReturnType<typeof createApp> {
  const target = { kind: 'grip', url: ORIGIN, room: 'bench' };
  return createApp(parseConfig({ routes: [{ path: '/*', target, limits: MAX_LIMITS }] }));
}

export default {
  fetch(request: Request, env: Env) {
    app ??= create(env);
    return app.fetch(request, env);
  },
};
