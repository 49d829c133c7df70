import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { DISCONNECTS } from '../../src/config/disconnects.ts';
import { ERRORS } from '../../src/config/errors.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/errors.md'), 'utf8');

/** The text under a heading, up to the next one of its level. */
function section(heading: string): string {
  const [level = ''] = heading.split(' ');
  return page.split(`\n${heading}\n`)[1]?.split(`\n${level} `)[0] ?? '';
}

it.each(Object.entries(ERRORS))('documents the refusal %s with its status', (code, { status }) => {
  expect(section(`## ${code}`)).toContain(`${status}`);
});

it('documents no refusal that does not exist', () => {
  const documented = [...page.matchAll(/^## (ERR_\w+)$/gm)].map((match) => match[1]);
  expect(documented.sort()).toEqual(Object.keys(ERRORS).sort());
});

it.each(Object.values(DISCONNECTS))('documents the close $code with its reason', ({ code, reason }) => {
  expect(section(`### ${code}`)).toContain(`"${reason}"`);
});

it('lists the tables that a plug-in may not have', () => {
  const read = (path: string) => readFileSync(resolve(import.meta.dirname, '../..', path), 'utf8');
  const sources = read('durable/schema.ts') + read('durable/used-tickets.ts');
  const tables = [...sources.matchAll(/CREATE TABLE (?:IF NOT EXISTS )?(\w+)/g)].map(([, name]) => `\`${name}\``);
  const [list = ''] = /- \*\*Tables\.\*\*[^:]*/.exec(read('docs/plugins.md')) ?? [];
  expect([...list.matchAll(/`\w+`/g)].map(String).sort()).toEqual(tables.sort());
});
