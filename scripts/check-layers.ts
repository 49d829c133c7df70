/** Checks that each file imports only from its own folder or from a lower layer, and sideways only where that is drawn. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');

const BASE = ['src/config', 'src/util'];

/** What knows nothing of the runtime, and runs in plain Node. */
const DOMAIN = ['src/auth', 'src/bridge', 'src/grip', 'src/upgrade', 'src/protocols', 'src/room', ...BASE];

/** The folders that code lives in, each with those beside and below it that it may import from. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'src/util': [],
  'src/config': ['src/util'],
  'src/room': BASE,
  'src/auth': BASE,
  'src/bridge': BASE,
  'src/upgrade': ['src/auth', ...BASE],
  'src/protocols': ['src/room', ...BASE],
  'src/grip': ['src/upgrade', 'src/room', ...BASE],
  'src/plugin': ['src/room', ...BASE],
  'src/examples': ['src/plugin', ...BASE],
  'src/platform': DOMAIN,
  'src/pages': ['src/examples', 'src/upgrade', ...BASE],
  'src/api': ['src/platform', 'src/auth', 'src/grip', 'src/upgrade', ...BASE],
  'src/targets': ['src/api', 'src/pages', 'src/platform', ...DOMAIN],
  durable: ['src', 'src/platform', 'src/plugin', ...DOMAIN],
  src: ['durable', 'src/targets', 'src/api', 'src/pages', 'src/examples', 'src/plugin', 'src/platform', ...DOMAIN],
  scripts: ['src', ...BASE],
};

/** The only folders that may name the runtime; everywhere else it comes in as a parameter. */
const RUNTIME_FOLDERS = ['src', 'src/platform', 'durable'];
const RUNTIME_MODULE = /^cloudflare:/;

const IMPORT = /^(?:import|export)\b[^'"]*?from\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]/gm;

/** The folder of `MAY_IMPORT` that a file is in: the longest that fits. */
function folderOf(file: string): string | null {
  const folders = Object.keys(MAY_IMPORT).filter((folder) => file.startsWith(`${folder}/`));
  return folders.sort((a, b) => b.length - a.length)[0] ?? null;
}

function problemsOf(file: string): string[] {
  const folder = folderOf(file);
  if (folder === null) return [`${file}: is in a folder that scripts/check-layers.ts does not know`];
  const text = readFileSync(join(ROOT, file), 'utf8');
  const imports = [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? '');
  return imports
    .filter((target) => !isAllowed(file, folder, target))
    .map((target) => `${file}: may not import ${target}`);
}

function isAllowed(file: string, folder: string, target: string): boolean {
  if (RUNTIME_MODULE.test(target)) return RUNTIME_FOLDERS.includes(folder);
  if (!target.startsWith('.')) return true;
  const targetFolder = folderOf(relative(ROOT, resolve(ROOT, dirname(file), target)).replaceAll('\\', '/'));
  return targetFolder === folder || (targetFolder !== null && (MAY_IMPORT[folder] ?? []).includes(targetFolder));
}

// Benchmarks, like tests, may look at anything.
const files = globSync(['src/**/*.ts', 'durable/**/*.ts', 'scripts/*.ts'], { cwd: ROOT });
const problems = files.map((file) => file.replaceAll('\\', '/')).flatMap(problemsOf);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`Layers: ${files.length} files import only what they may.`);
