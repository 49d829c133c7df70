/** The router as it is deployed, with a proxy to the origin that a binding names, which can also be asked by requests. */
import { createApp, type Env } from '../../../src/app.ts';
import { MAX_LIMITS } from '../../../src/config/limits.ts';
import { parseConfig } from '../../../src/config/parse.ts';

export { RoomObject } from '../../../durable/room.ts';
export { TunnelObject } from '../../../durable/tunnel.ts';

let app: ReturnType<typeof createApp> | undefined;

function create({ ORIGIN, INSPECT }: Env): ReturnType<typeof createApp> {
  const inspect = INSPECT === 'true';
  const { maxMessageBytes, messagesPerSecond, messageBurst, bytesPerSecond, upgradesPerMinute } = MAX_LIMITS;
  const ofMessages = inspect ? { maxMessageBytes, messagesPerSecond, messageBurst, bytesPerSecond } : {};
  const target = { kind: 'proxy', pool: [ORIGIN], inspect };
  const routes = [
    { path: '/*', target, limits: { ...ofMessages, upgradesPerMinute } },
    { path: '/asking/:room', target: { kind: 'grip', url: ORIGIN, room: ':room' }, limits: MAX_LIMITS },
  ];
  return createApp(parseConfig({ routes }));
}

export default {
  fetch(request: Request, env: Env) {
    app ??= create(env);
    return app.fetch(request, env);
  },
};
