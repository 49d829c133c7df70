import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expect, it } from 'vitest';
import plugins from '../../src/plugins.ts';
import routes from '../../src/routes.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PAGES = plugins.map(({ name }) => [name, resolve(ROOT, 'docs/examples', `${name}.md`)] as const);

it.each(PAGES)('has a page for %s, which the README links, and a place in the route table', (name, page) => {
  expect(readFileSync(page, 'utf8')).toContain(`http://localhost:8787/examples/${name}`);
  expect(readFileSync(resolve(ROOT, 'README.md'), 'utf8')).toContain(`(docs/examples/${name}.md)`);
  const paths = routes.routes.map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining([`/examples/${name}`, `/examples/${name}/:room`]));
});

it.each(PAGES)('links nothing from the page for %s that is not there', (_, page) => {
  const links = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)#]+)/g)].map((match) => match[1] ?? '');
  expect(links.length).toBeGreaterThan(0);
  for (const link of links) expect(existsSync(resolve(dirname(page), link)), link).toBe(true);
});

it('documents why tictactoe refuses something', () => {
  const code = readFileSync(resolve(ROOT, 'src/examples/tictactoe/rules.ts'), 'utf8');
  const used = new Set(code.match(/\bERR_\w+/g));
  const page = readFileSync(resolve(ROOT, 'docs/examples/tictactoe.md'), 'utf8');
  const documented = [...page.matchAll(/^\| `(ERR_\w+)`/gm)].map((match) => match[1]);
  expect(documented.sort()).toEqual([...used, 'ERR_MESSAGE'].sort());
});
