import * as v from 'valibot';
import { withDefaults } from '../util/defaults.ts';
import { resolveAuth, resolveTokens } from './auth-schema.ts';
import { bridgeSecrets, resolveProxy, resolveTunnel } from './bridge-defaults.ts';
import { DEFAULT_CHANNEL_OPTIONS } from './channels.ts';
import type {
  ApplicationSettings,
  Config,
  HostPattern,
  Mount,
  ResolvedRoom,
  ResolvedRoute,
  ResolvedTarget,
  RoomTarget,
  Route,
  Target,
} from './config.ts';
import { gripRoom, resolveGrip } from './grip-schema.ts';
import { resolveLimits } from './limits.ts';
import { compareRoutes, shapeOf } from './match.ts';
import { hasKeys, mountPath, mountsOf } from './mounts.ts';
import { parseHost, parseOriginPattern, parsePath } from './pattern.ts';
import { resolveRoomOrigin } from './room-origin-schema.ts';
import { PlaceSchema, RouteSchema, TableSchema } from './schema.ts';

/** One thing that is wrong with a route table: where it stands, and what to do. */
export interface Mistake {
  path: string;
  message: string;
}

/** Thrown for a route table that the router can't work with. Its message has a line for every mistake. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[]) {
    const lines = mistakes.map(({ path, message }) => `  ${path} ${message}`);
    super(['The route table can not be used:', ...lines].join('\n'));
    this.mistakes = mistakes;
  }
}

/** What a table has to know of a plug-in. */
export interface KnownPlugin {
  readonly name: string;
  /** There where it answers requests that are no upgrades. */
  readonly onRequest?: unknown;
}

/**
 * Checks a route table and fills in its defaults. `plugins` are those that it may name.
 *
 * @throws ConfigError with all mistakes at once
 */
export function parseConfig(input: unknown, plugins: readonly KnownPlugin[] = []): Config {
  const mistakes: Mistake[] = [];
  const table = check(TableSchema, input, '', mistakes);
  const rows = rowsOf(input);
  const routes = rows.map((row, index) => check(RouteSchema, row, `routes[${index}]`, mistakes));
  mistakes.push(...conflicts(rows), ...pluginMistakes(routes, plugins), ...backingMistakes(routes));
  if (table === null || mistakes.length > 0) throw new ConfigError(mistakes);
  return {
    routes: routes
      .filter((route) => route !== null)
      .flatMap((route) => resolveRoutes(route, plugins))
      .sort(compareRoutes),
    fallback: table.fallback ?? { kind: 'none' },
  };
}

/** The rows of a table, also of one that has mistakes around them. */
function rowsOf(input: unknown): readonly unknown[] {
  const { routes } = Object(input) as { routes?: unknown };
  return Array.isArray(routes) ? routes : [];
}

function check<const S extends v.GenericSchema>(
  schema: S,
  input: unknown,
  at: string,
  mistakes: Mistake[],
): v.InferOutput<S> | null {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  mistakes.push(...result.issues.map((issue) => ({ path: pathOf(issue, at), message: messageOf(issue) })));
  return null;
}

/** As one would write it: `routes[0].target.pool[1]`. */
function pathOf(issue: v.BaseIssue<unknown>, at: string): string {
  const keys = (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  return (at + keys.join('')).replace(/^\./, '') || 'table';
}

function messageOf(issue: v.BaseIssue<unknown>): string {
  if (issue.kind !== 'schema' || issue.type === 'custom') return issue.message;
  if (issue.received !== 'undefined') return `must be ${issue.expected}, not ${issue.received}`;
  // A missing key is named by the schema around it; for a choice, what is expected are its values.
  return issue.type === 'loose_object' ? 'is missing' : `is missing: it must be ${issue.expected}`;
}

/** Plug-ins that are named and not there, and those that are there under one name. */
function pluginMistakes(routes: readonly (Route | null)[], plugins: readonly KnownPlugin[]): Mistake[] {
  const names = plugins.map(({ name }) => name);
  const known = names.length === 0 ? 'there are none' : `there are ${names.join(', ')}`;
  const missing = routes.flatMap((route, index) => {
    const name = route?.target.kind === 'room' ? route.target.plugin : undefined;
    if (name === undefined || names.includes(name)) return [];
    return [{ path: `routes[${index}].target.plugin`, message: `names no plug-in of src/plugins.ts: ${known}` }];
  });
  const twins = names.filter((name, index) => names.indexOf(name) !== index);
  return [...missing, ...twins.map((name) => ({ path: 'plugins', message: `has two with the name "${name}"` }))];
}

/** Rooms to which several routes lead that say different things of what stands behind them: only one can. */
function backingMistakes(routes: readonly (Route | null)[]): Mistake[] {
  const rooms = routes.map((route) => (route ? resolveTarget(route.target, nameOf(route), []) : null));
  const backings = rooms.map((target) => (target?.kind === 'room' ? JSON.stringify(target.application) : null));
  return rooms.flatMap((target, index) => {
    if (target?.kind !== 'room') return [];
    const other = rooms.findIndex((earlier) => earlier?.kind === 'room' && earlier.room === target.room);
    if (backings[other] === backings[index]) return [];
    const message = `leads to the same rooms as routes[${other}], so the same plug-in, origin or application server must be behind them`;
    return [{ path: `routes[${index}].target`, message }];
  });
}

/** Pairs of routes that take exactly the same requests, or have the same name. */
function conflicts(rows: readonly unknown[]): Mistake[] {
  const places = rows.map(placeOf);
  return places.flatMap((place, index) => {
    if (place === null) return [];
    const earlier = places.slice(0, index);
    const twin = earlier.findIndex((other) => other?.shapes.some((shape) => place.shapes.includes(shape)));
    if (twin !== -1) {
      const message = `takes the same host and paths as routes[${twin}]: remove one of the two, or tell them apart`;
      return [{ path: `routes[${index}].path`, message }];
    }
    const namesake = earlier.findIndex((other) => other?.name === place.name);
    return namesake === -1
      ? []
      : [{ path: `routes[${index}].name`, message: `is also the name of routes[${namesake}]` }];
  });
}

type Place = v.InferOutput<typeof PlaceSchema>;

interface Taken {
  name: string;
  /** One for each path that the row stands for. */
  shapes: string[];
}

function placeOf(row: unknown): Taken | null {
  const { success, output } = v.safeParse(PlaceSchema, row);
  if (!success) return null;
  const segments = valid(parsePath(output.path));
  const paths = mountsIn(output.target).map((mount) => (mount === null ? segments : mountPath(segments, mount)));
  return { name: nameOf(output), shapes: paths.map((path) => shapeOf(hostOf(output.host), path)) };
}

/** What a target has below the row's path; null for one that is just there. */
function mountsIn({ kind, protocols, api, publish }: Place['target']): readonly (Mount | null)[] {
  if (kind === 'room') return mountsOf({ protocols: protocols ?? ['raw'], api });
  return kind === 'grip' ? mountsOf({ protocols: ['raw', ...(protocols ?? [])], api, grip: { publish } }) : [null];
}

function nameOf({ name, host = '', path }: Pick<Route, 'name' | 'host' | 'path'>): string {
  return name ?? `${host}${path}`;
}

function hostOf(host: string | undefined): HostPattern | null {
  return host === undefined ? null : valid(parseHost(host));
}

/** The routes that a row stands for: a room has a path for each of its mounts. */
function resolveRoutes(route: Route, plugins: readonly KnownPlugin[]): ResolvedRoute[] {
  const resolved = resolveRoute(route, plugins);
  if (resolved.target.kind !== 'room') return [resolved];
  return mountsOf(resolved.target).map((mount) => {
    const auth = hasKeys(mount) ? null : resolved.auth;
    return { ...resolved, auth, mount, segments: mountPath(resolved.segments, mount) };
  });
}

function resolveRoute(route: Route, plugins: readonly KnownPlugin[]): ResolvedRoute {
  return {
    name: nameOf(route),
    host: hostOf(route.host),
    segments: valid(parsePath(route.path)),
    target: resolveTarget(route.target, nameOf(route), plugins),
    origins: resolveOrigins(route.origins),
    protocols: route.protocols ?? [],
    limits: resolveLimits(route.limits),
    auth: route.auth === undefined ? null : resolveAuth(route.auth),
    refuse: route.refuse ?? 'http',
    mount: null,
  };
}

function resolveTarget(target: Target, name: string, plugins: readonly KnownPlugin[]): ResolvedTarget {
  if (target.kind === 'proxy') return resolveProxy(target);
  if (target.kind === 'tunnel') return resolveTunnel(target);
  if (target.kind === 'grip')
    return { ...resolveRoom(gripRoom(target, name), plugins), ...resolveGrip(target), answersHttp: true };
  return target.kind === 'room' ? resolveRoom(target, plugins) : target;
}

function resolveRoom({ plugin, origin, ...target }: RoomTarget, plugins: readonly KnownPlugin[]): ResolvedRoom {
  const namespaces = Object.entries({ '': {}, ...target.namespaces });
  const known = plugins.find(({ name }) => name === plugin);
  return {
    ...target,
    application: applicationOf({ plugin, origin, ...target }),
    answersHttp: known?.onRequest !== undefined,
    grip: null,
    protocols: target.protocols ?? ['raw'],
    echo: target.echo ?? false,
    tokens: target.tokens === undefined ? null : resolveTokens(target.tokens),
    namespaces: Object.fromEntries(
      namespaces.map(([name, options]) => [name, withDefaults(DEFAULT_CHANNEL_OPTIONS, options)]),
    ),
  };
}

function applicationOf({ room, plugin, origin }: RoomTarget): ApplicationSettings | null {
  if (origin !== undefined) return resolveRoomOrigin(room, origin);
  return plugin === undefined ? null : { kind: 'plugin', name: plugin };
}

function resolveOrigins(origins: Route['origins'] = 'same'): ResolvedRoute['origins'] {
  const { allow, missing = 'allow' } = isLongForm(origins) ? origins : { allow: origins };
  return {
    allow: typeof allow === 'string' ? allow : allow.map((text) => valid(parseOriginPattern(text))),
    missing,
  };
}

function isLongForm<T>(origins: T): origins is Extract<T, { allow: unknown }> {
  return typeof origins === 'object' && origins !== null && 'allow' in origins;
}

/** The environment variables that a table names: without them some of its routes can't work. */
export function secretsOf({ routes }: Config): string[] {
  const named = routes.flatMap(({ auth, target }) => [
    auth && 'secret' in auth ? auth.secret : undefined,
    ...(target.kind === 'api' ? [target.keys, target.tickets] : []),
    ...(target.kind === 'room' ? roomSecrets(target) : []),
    ...(target.kind === 'proxy' || target.kind === 'tunnel' ? bridgeSecrets(target) : []),
  ]);
  return [...new Set(named.filter((name) => name !== undefined))];
}

function roomSecrets({ api, tokens, grip, application }: ResolvedRoom): (string | undefined)[] {
  return [api, tokens?.secret, grip?.publish, applicationSecret(application)];
}

function applicationSecret(application: ApplicationSettings | null): string | undefined {
  if (application?.kind === 'grip') return application.key ?? undefined;
  return application?.kind === 'origin' ? application.secret?.value : undefined;
}

/** What a pattern's parser made of text that the schema has already let it check. */
function valid<T>(result: T | string): T {
  if (typeof result === 'string') throw new TypeError(result);
  return result;
}
