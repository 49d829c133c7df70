import { RoomObject as Room } from '../durable/room.ts';
import { createApp } from './app.ts';
import { parseConfig } from './config/parse.ts';
import plugins from './plugins.ts';
import routes from './routes.ts';

export { TunnelObject } from '../durable/tunnel.ts';

/** A room with the plug-ins of this deployment. */
export class RoomObject extends Room {
  protected override get plugins() {
    return plugins;
  }
}

// A mistake in the table throws here, so the router does not start (and `wrangler deploy` does not upload it).
export default createApp(parseConfig(routes, plugins));
