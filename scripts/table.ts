/** Finds the route table that `npm start` is to serve, and gives each table an entry and a folder of its own. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = resolve(import.meta.dirname, '..');
const DEFAULT_TABLE = join(ROOT, 'src/routes.ts');
/** Everything that running the router leaves behind; git ignores it. */
const FOLDER = join(ROOT, '.signalbox');

export interface Table {
  /** What the file exports as default: a route table, not checked yet. */
  routes: unknown;
  /** Where what running it leaves behind is kept: rooms of two tables can have one name, and mean different things. */
  folder: string;
  /** The entry of the Worker that serves it. */
  main: string;
  /** Whether it is the table that is deployed. */
  isDefault: boolean;
}

/**
 * Loads the table in `file`, a path from the current folder, or the one that is deployed.
 *
 * @throws Error where there is no such file, it can't be loaded, or it exports no default
 */
export async function loadTable(file: string = DEFAULT_TABLE): Promise<Table> {
  const path = resolve(file);
  if (!existsSync(path)) throw new Error(`There is no route table at ${path}`);
  const { default: routes }: { default?: unknown } = await import(pathToFileURL(path).href);
  if (routes === undefined) throw new Error(`${path} has no default export: export the route table as default`);
  if (path === DEFAULT_TABLE) return { routes, folder: FOLDER, main: 'src/index.ts', isDefault: true };
  const folder = join(FOLDER, 'tables', encodeURIComponent(relative(ROOT, path)));
  return { routes, folder, main: await writeEntry(folder, path), isDefault: false };
}

/** Writes what src/index.ts is for the table that is deployed. */
async function writeEntry(folder: string, table: string): Promise<string> {
  const entry = join(folder, 'entry.ts');
  const from = (path: string) => JSON.stringify(resolve(ROOT, path));
  await mkdir(folder, { recursive: true });
  await writeFile(
    entry,
    `import { createApp } from ${from('src/app.ts')};
import { parseConfig } from ${from('src/config/parse.ts')};
import plugins from ${from('src/plugins.ts')};
import routes from ${from(table)};

export { RoomObject, TunnelObject } from ${from('src/index.ts')};
export default createApp(parseConfig(routes, plugins));
`,
  );
  return entry;
}
