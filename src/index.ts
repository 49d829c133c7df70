import { createApp } from './app.ts';
import { parseConfig } from './config/parse.ts';
import routes from './routes.ts';

export { RoomObject } from '../durable/room.ts';
export { TunnelObject } from '../durable/tunnel.ts';

// A mistake in the table throws here, so the router does not start (and `wrangler deploy` does not upload it).
export default createApp(parseConfig(routes));
