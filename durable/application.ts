import type { Env } from '../src/app.ts';
import { requireSecret } from '../src/auth/ports.ts';
import type { ApplicationSettings } from '../src/config/config.ts';
import type { ResolvedRoomOrigin } from '../src/config/room-origin.ts';
import { GripApplication } from '../src/grip/application.ts';
import type { Alarm } from '../src/platform/alarm.ts';
import { dialOrigin } from '../src/platform/dial-origin.ts';
import { authPort } from '../src/platform/secrets.ts';
import { nextTurn } from '../src/platform/turn.ts';
import type { PluginPort } from '../src/plugin/inside.ts';
import type { Plugin, PluginKeyValues, PluginSql } from '../src/plugin/plugin.ts';
import { PluginRunner } from '../src/plugin/run.ts';
import type { Application } from '../src/room/application.ts';
import type { Hub } from '../src/room/hub.ts';
import { OriginApplication } from '../src/room/origin/origin.ts';
import type { OriginEvents, OriginPort } from '../src/room/origin/ports.ts';
import type { KeyValues } from '../src/room/origin/queue.ts';
import { originUrl } from '../src/room/origin/url.ts';
import { gripPort } from './grip-port.ts';
import { ROOM_TABLES } from './schema.ts';
import { SqlSessionStore } from './sql-session-store.ts';

/** The object that an application runs in. */
export interface Surroundings {
  hub: Hub;
  ctx: DurableObjectState;
  env: Env;
  alarm: Alarm;
  plugins: readonly Plugin[];
}

/** What the route table says stands behind a room now; null where it is not there any more. */
export function createApplication(
  settings: ApplicationSettings,
  { hub, ctx, env, alarm, plugins }: Surroundings,
): Application | null {
  if (settings.kind === 'origin')
    return new OriginApplication(hub, settings, originPort(settings, { hub, ctx, env, alarm }));
  if (settings.kind === 'grip') {
    const { application } = hub;
    // It may be waiting for answers, which nobody else would take.
    if (!(application instanceof GripApplication))
      return new GripApplication(settings, hub, gripPort(ctx, env, alarm), new SqlSessionStore(ctx.storage.sql));
    application.configure(settings);
    return application;
  }
  const plugin = plugins.find(({ name }) => name === settings.name);
  return plugin ? new PluginRunner(plugin, hub, pluginPort(ctx, alarm)) : null;
}

function pluginPort(ctx: DurableObjectState, alarm: Alarm): PluginPort {
  const { kv, sql } = ctx.storage;
  return {
    storage: { sql: besideTables(sql, ROOM_TABLES), kv: below(kv, 'plugin/') },
    kept: below(kv, 'of-plugin/'),
    now: () => Date.now(),
    wakeAt: (time) => alarm.wakeAt(time),
    nextTurn: (task) => nextTurn(ctx, task),
    log: (error) => console.error(error),
  };
}

function originPort(settings: ResolvedRoomOrigin, { hub, ctx, env, alarm }: Omit<Surroundings, 'plugins'>): OriginPort {
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    wakeAt: (time) => alarm.wakeAt(time),
    kept: below(ctx.storage.kv, 'origin/'),
    dial(events) {
      const dialled = dial(settings, hub.room, env, events);
      const failed = (error: unknown) => {
        console.error(error);
        events.ended();
      };
      ctx.waitUntil(dialled.catch(failed));
    },
  };
}

async function dial(settings: ResolvedRoomOrigin, room: string, env: Env, events: OriginEvents): Promise<void> {
  const { secret, protocol, connectTimeoutMs: timeoutMs } = settings;
  const headers = new Headers();
  if (secret !== null) headers.set(secret.header, requireSecret(authPort(env), secret.value));
  await dialOrigin({ url: originUrl(settings, room), headers, protocol, timeoutMs }, events);
}

/** Values whose keys begin in one way, which nobody else's do. */
function below(kv: SyncKvStorage, prefix: string): PluginKeyValues & KeyValues {
  return {
    get: (key) => kv.get(prefix + key),
    put: (key: string, value: unknown) => kv.put(prefix + key, value),
    delete: (key) => kv.delete(prefix + key),
    *list<T>(head: string) {
      for (const [key, value] of kv.list<T>({ prefix: prefix + head }))
        yield [key.slice(prefix.length), value] as [string, T];
    },
  };
}

/** A database in which some tables are not to be touched. */
function besideTables(sql: SqlStorage, tables: readonly string[]): PluginSql {
  const named = new RegExp(`\\b(${tables.join('|')})\\b`, 'i');
  return {
    exec(query, ...bindings) {
      const [table] = named.exec(query) ?? [];
      if (table === undefined) return sql.exec(query, ...bindings);
      throw new Error(`The room has "${table}" in its database for itself: give what is yours another name`);
    },
  };
}
