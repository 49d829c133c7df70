/** The router as it is deployed, with a tunnel to the service that a binding names. */
import { createApp, type Env } from '../../../src/app.ts';
import { MAX_LIMITS } from '../../../src/config/limits.ts';
import { parseConfig } from '../../../src/config/parse.ts';

export { RoomObject } from '../../../durable/room.ts';
export { TunnelObject } from '../../../durable/tunnel.ts';

let app: ReturnType<typeof createApp> | undefined;

function create({ ORIGIN }: Env): ReturnType<typeof createApp> {
  const { hostname, port } = new URL(ORIGIN as string);
  const target = { kind: 'tunnel', pool: [{ host: hostname, port: Number(port) }] };
  const { upgradesPerMinute } = MAX_LIMITS;
  return createApp(parseConfig({ routes: [{ path: '/*', target, limits: { upgradesPerMinute } }] }));
}

export default {
  fetch(request: Request, env: Env) {
    app ??= create(env);
    return app.fetch(request, env);
  },
};
