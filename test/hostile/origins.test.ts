import { describe, expect, it } from 'vitest';
import { ask, bytes, lastWords, upgradeTo, verdict } from '../support/hostile-http.ts';
import { router, setUpNeighbours } from '../support/hostile-neighbours.ts';

/** Of /rooms and /same, where pages of the request's own host may connect. */
const OWN = 'http://chat.example.com';
/** Of /list, where besides it the pages of https://*.example.org may. */
const LISTED = 'https://app.example.com';

setUpNeighbours('/rooms/origins');

async function from(path: string, ...origins: string[]): Promise<string> {
  return verdict(
    await ask(
      router,
      upgradeTo(
        path,
        origins.map((origin) => `Origin: ${origin}`),
      ),
    ),
  );
}

const NOT_ALLOWED = '403 ERR_ORIGIN_NOT_ALLOWED';

/** What stands for another page, or for none that a browser knows, whatever the host it is made of. */
function disguises(scheme: string, host: string): string[] {
  return [
    'null',
    'NULL',
    `${scheme}://evil${host}`,
    `${scheme}://${host}.evil.example`,
    `${scheme}://${host}evil.example`,
    `${scheme}://sub.${host}`,
    `${scheme}://${host}.`,
    `${scheme}://${host}:8443`,
    `${scheme}://${host}:0`,
    `${scheme}://user@${host}`,
    `${scheme}://user:password@${host}`,
    `${scheme}://${host}@evil.example`,
    `${scheme}://${host}:80@evil.example`,
    `${scheme}://evil.example/${scheme}://${host}`,
    `${scheme}://evil.example?${scheme}://${host}`,
    `${scheme}://evil.example#${scheme}://${host}`,
    `${scheme}://evil.example\\.${host}`,
    `${scheme}://evil.example%2f.${host}`,
    `${scheme}://evil.example%00.${host}`,
    `${scheme}://${host}/`,
    `${scheme}://${host}/page?query#fragment`,
    `${scheme}://${host}/../`,
    `${scheme}:${host}`,
    `${scheme}:/${host}`,
    `${scheme}:///${host}`,
    `//${host}`,
    host,
    '*',
    `${scheme}://*`,
    `file://${host}`,
    `javascript://${host}`,
    `chrome-extension://${host}`,
    `blob:${scheme}://${host}`,
    `${scheme}://${host} ${scheme}://${host}`,
    `${scheme}://${host}, ${scheme}://${host}`,
    `${scheme}://evil.example, ${scheme}://${host}`,
    `${scheme}://${host},`,
    `"${scheme}://${host}"`,
    // Cyrillic in place of Latin letters, as it looks and as it is sent.
    `${scheme}://${host.replace('a', 'а')}`,
    `${scheme}://${host.replace('e', 'е')}`,
    new URL(`${scheme}://${host.replace('a', 'а')}`).origin,
    new URL(`${scheme}://${host.replace('e', 'е')}`).origin,
    // A full stop of another script, which ends in a host that is not the one that it looks like.
    `${scheme}://${host}。`,
    `${scheme}://${host}\u200b.evil.example`,
  ];
}

describe.each([
  ['/rooms/origins', OWN],
  ['/same/origins', OWN],
  ['/list/origins', LISTED],
])('%s, where a page of %s may connect,', (path, good) => {
  const [scheme = '', host = ''] = good.split('://');

  it.each(disguises(scheme, host))('refuses an upgrade from %s', async (origin) => {
    expect(await from(path, origin)).toBe(NOT_ALLOWED);
  });

  it.each([
    ['a tab', '\t'],
    ['a space', ' '],
    ['a vertical tab', '\v'],
    ['a form feed', '\f'],
    ['a delete', '\x7f'],
    ['a next line', '\x85'],
    ['a space that does not break', '\xa0'],
    ['a byte that is not UTF-8', '\xff'],
  ])('refuses an Origin with %s in the middle of its host', async (_, byte) => {
    const request = upgradeTo(path, [`Origin: ${good.replace('.', `${byte}.`)}`]);
    expect(verdict(await ask(router, bytes(request)))).toBe(NOT_ALLOWED);
  });

  it.each([
    ['a vertical tab', '\v'],
    ['a delete', '\x7f'],
    ['a space that does not break', '\xa0'],
  ])('refuses an Origin with %s at its end', async (_, byte) => {
    expect(verdict(await ask(router, bytes(upgradeTo(path, [`Origin: ${good}${byte}`]))))).toBe(NOT_ALLOWED);
  });

  it.each([
    ['a null byte', '\0'],
    ['a carriage return alone', '\r'],
    ['a folded line', '\r\n '],
  ])('never gets to see an Origin with %s in it', async (_, byte) => {
    expect(await lastWords(router, upgradeTo(path, [`Origin: ${good}${byte}.evil.example`]))).toBe(400);
  });

  it('refuses two Origins, whichever comes first', async () => {
    expect(await from(path, 'https://evil.example', good)).toBe(NOT_ALLOWED);
    expect(await from(path, good, 'https://evil.example')).toBe(NOT_ALLOWED);
    expect(await from(path, good, good)).toBe(NOT_ALLOWED);
    expect(await from(path, good, '')).toBe(NOT_ALLOWED);
  });

  it('takes what comes after a line feed for a header of its own, so that it can only be a second Origin', async () => {
    expect(await from(path, `https://evil.example\nOrigin: ${good}`)).toBe(NOT_ALLOWED);
  });

  it.each([
    ['100,000 letters', 'a'.repeat(100_000)],
    ['3,000 labels that end like a good one', `${scheme}://${'evil.'.repeat(3000)}${host}`],
    ['3,000 labels that begin like a good one', `${scheme}://${host}${'.evil'.repeat(3000)}`],
    ['300 Origins in one', Array(300).fill(good).join(' ')],
  ])('refuses an Origin of %s', async (_, origin) => {
    expect(await from(path, origin)).toBe(NOT_ALLOWED);
  });

  it('looks at Origin only, and not at what else may name a page', async () => {
    const others = [`Sec-WebSocket-Origin: ${good}`, `Referer: ${good}/`, 'X-Forwarded-Host: evil.example'];
    expect(verdict(await ask(router, upgradeTo(path, ['Origin: https://evil.example', ...others])))).toBe(NOT_ALLOWED);
  });

  it('still lets its own pages in, however their host is spelled', async () => {
    expect(await from(path, good)).toBe('101');
    expect(await from(path, good.toUpperCase())).toBe('101');
    expect(await from(path, `\t${good} \t`)).toBe('101');
  });
});

it.each(['http://app.example.com', 'http://app.example.com:443', 'ws://app.example.com', 'wss://app.example.com'])(
  'refuses an upgrade from %s where only https://app.example.com may connect',
  async (origin) => {
    expect(await from('/list/origins', origin)).toBe(NOT_ALLOWED);
  },
);

it.each([
  'https://example.org',
  'https://evilexample.org',
  'https://example.org.evil.example',
  'https://a.example.org.evil.example',
  'https://a.example.org.',
  'https://a.example.org:8443',
  'http://a.example.org',
  'https://a.example.org@evil.example',
  'https://evil.example/.example.org',
  'https://evil.example#.example.org',
  'https://evil.example\\.example.org',
  'https://a.еxample.org',
  'https://a.xn--xample-2of.org',
])('refuses an upgrade from %s where only https://*.example.org may connect', async (origin) => {
  expect(await from('/list/origins', origin)).toBe(NOT_ALLOWED);
});

it.each([
  ['https', 'chat.example.com', '80'],
  ['http', 'chat.example.com', '443'],
])(
  'refuses an upgrade from %s://%s:%s, which is another page than that of the same host',
  async (scheme, host, port) => {
    expect(await from('/same/origins', `${scheme}://${host}:${port}`)).toBe(NOT_ALLOWED);
  },
);

it('takes an empty Origin for none, and so refuses it where one must be there', async () => {
  expect(await from('/same/origins', '')).toBe(NOT_ALLOWED);
  expect(await from('/same/origins')).toBe(NOT_ALLOWED);
  expect(await from('/rooms/origins', '')).toBe('101');
});
