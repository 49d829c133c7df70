import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** Code of the docs that is about plug-ins, and no table. */
const PLUGINS = /definePlugin|plugins\//;

/** Every route table, and every route by itself, that stands in the docs as code. */
const examples = globSync(['README.md', 'docs/*.md'], { cwd: ROOT }).flatMap((file) => {
  const blocks = [...readFileSync(resolve(ROOT, file), 'utf8').matchAll(/^```ts\n([^`]*)^```$/gm)];
  return blocks.map((match) => [file, match[1] ?? ''] as const).filter(([, code]) => !PLUGINS.test(code));
});

/** A table is data, so evaluating it runs nothing. */
function tableOf(code: string): unknown {
  const literal = code.replace(/^import .*$/gm, '').replace(/^export default defineConfig\(([\s\S]*)\);$/m, '$1');
  const value = new Function(`return (${literal})`)();
  return 'routes' in value ? value : { routes: [value] };
}

it.each(examples)('the table in %s is good: %s', (_, code) => {
  const plugins = [...code.matchAll(/plugin: '([^']+)'/g)].map(([, name = '']) => ({ name }));
  expect(() => parseConfig(tableOf(code), plugins)).not.toThrow();
});

it('finds examples', () => {
  expect(examples.length).toBeGreaterThan(5);
});
