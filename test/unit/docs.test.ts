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
