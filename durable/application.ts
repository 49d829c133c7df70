import type { ApplicationSettings } from '../src/config/config.ts';
import type { Alarm } from '../src/platform/alarm.ts';
import { nextTurn } from '../src/platform/turn.ts';
import type { PluginPort } from '../src/plugin/inside.ts';
import type { Plugin, PluginKeyValues } from '../src/plugin/plugin.ts';
import { PluginRunner } from '../src/plugin/run.ts';
import type { Application } from '../src/room/application.ts';
import type { Hub } from '../src/room/hub.ts';

/** The object that an application runs in. */
interface Surroundings {
  hub: Hub;
  ctx: DurableObjectState;
  alarm: Alarm;
  plugins: readonly Plugin[];
}

/** What the route table says stands behind a room; null where it is not there any more. */
export function createApplication(
  settings: ApplicationSettings,
  { hub, ctx, alarm, plugins }: Surroundings,
): Application | null {
  const plugin = plugins.find(({ name }) => name === settings.name);
  return plugin ? new PluginRunner(plugin, hub, pluginPort(ctx, alarm)) : null;
}

function pluginPort(ctx: DurableObjectState, alarm: Alarm): PluginPort {
  const { kv, sql } = ctx.storage;
  return {
    storage: { sql, kv: below(kv, 'plugin/') },
    kept: below(kv, 'of-plugin/'),
    now: () => Date.now(),
    wakeAt: (time) => alarm.wakeAt(time),
    nextTurn: (task) => nextTurn(ctx, task),
    log: (error) => console.error(error),
  };
}

/** Values whose keys begin in one way, which nobody else's do. */
function below(kv: SyncKvStorage, prefix: string): PluginKeyValues {
  return {
    get: (key) => kv.get(prefix + key),
    put: (key, value) => kv.put(prefix + key, value),
    delete: (key) => kv.delete(prefix + key),
  };
}
