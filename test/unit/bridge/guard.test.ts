import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allows, chosenAddress, signAddress } from '../../../src/bridge/guard.ts';
import { parseDialPattern } from '../../../src/config/dial-pattern.ts';
import { Rejected } from '../../../src/config/errors.ts';
import { signText } from '../../../src/util/hmac.ts';

const RUNS = { numRuns: 200, seed: 1 };
const NOW = 1_800_000_000_000;
const LATER = NOW / 1000 + 60;
const SECRET = 'secret';

const patterns = (...texts: string[]) =>
  texts.map((text) => {
    const pattern = parseDialPattern(text);
    if (typeof pattern === 'string') throw new TypeError(pattern);
    return pattern;
  });

const choice = (allow: string[] = ['*:1-65535'], inside = false) => ({
  secret: 'DIAL',
  allow: patterns(...allow),
  private: inside,
});

/** What becomes of a URL with this query. */
const choose = (query: string | URLSearchParams, rules = choice(), now = NOW, secret = SECRET) =>
  chosenAddress(rules, new URL(`https://edge.example/tunnel?${query}`), secret, now);

const SIGNATURE = new Rejected('ERR_DIAL_SIGNATURE');
const EXPIRED = new Rejected('ERR_DIAL_EXPIRED');
const NOT_ALLOWED = new Rejected('ERR_DIAL_NOT_ALLOWED');

describe('a pattern', () => {
  it.each([
    ['db.example.com:5432', 'db.example.com', 5432, true],
    ['db.example.com:5432', 'DB.EXAMPLE.COM', 5432, true],
    ['DB.example.com:5432', 'db.example.com', 5432, true],
    ['db.example.com:5432', 'db.example.com', 5433, false],
    ['db.example.com:5432', 'a.db.example.com', 5432, false],
    ['db.example.com:5432', 'xdb.example.com', 5432, false],
    ['db.example.com:5432', 'db.example.com.', 5432, false],
    ['*.example.com:443', 'a.example.com', 443, true],
    ['*.example.com:443', 'a.b.example.com', 443, true],
    ['*.example.com:443', 'example.com', 443, false],
    ['*.example.com:443', 'badexample.com', 443, false],
    ['*.example.com:443', 'a.example.com.evil.example', 443, false],
    ['*.example.com:443', '.example.com', 443, false],
    ['a.example:8000-8010', 'a.example', 7999, false],
    ['a.example:8000-8010', 'a.example', 8000, true],
    ['a.example:8000-8010', 'a.example', 8010, true],
    ['a.example:8000-8010', 'a.example', 8011, false],
    ['*:22', 'a.example', 22, true],
    ['*:22', '192.0.2.1', 22, true],
    ['*:22', '::1', 22, true],
    ['*:22', 'a.example', 23, false],
    ['*:22', '0x7f.1', 22, false],
    ['*:22', '127.1', 22, false],
    ['*:22', 'a b', 22, false],
    ['*:22', '', 22, false],
    ['192.0.2.1:22', '192.0.2.1', 22, true],
    ['192.0.2.1:22', '3221225985', 22, false],
    ['[2001:db8::1]:22', '2001:DB8:0::1', 22, true],
    ['[2001:db8::1]:22', '[2001:db8::1]', 22, true],
    ['[2001:db8::1]:22', '2001:db8::2', 22, false],
  ])('%s, asked for %s and %i, says %s', (pattern, host, port, expected) => {
    expect(allows(patterns(pattern), host, port)).toBe(expected);
  });

  it('is enough of several, and nothing is allowed by none', () => {
    expect(allows(patterns('a.example:1', 'b.example:2'), 'b.example', 2)).toBe(true);
    expect(allows(patterns('a.example:1', 'b.example:2'), 'b.example', 1)).toBe(false);
    expect(allows([], 'a.example', 1)).toBe(false);
  });
});

describe('a signed address', () => {
  it.each([
    ['db.example.com:5432', 'db.example.com', 5432],
    ['DB.Example.com:5432', 'db.example.com', 5432],
    ['1.1.1.1:22', '1.1.1.1', 22],
    ['[2606:4700::1111]:443', '[2606:4700::1111]', 443],
  ])('leads to %s', async (to, host, port) => {
    expect(await choose(await signAddress(to, LATER, SECRET))).toEqual({ host, port });
  });

  it('is signed as the documentation says', async () => {
    const sig = await signText(SECRET, `signalbox tunnel\ndb.example.com:5432\n${LATER}`);
    const params = await signAddress('db.example.com:5432', LATER, SECRET);
    expect(params.toString()).toBe(`to=db.example.com%3A5432&exp=${LATER}&sig=${sig}`);
    expect(await choose(`other=1&sig=${sig}&exp=${LATER}&to=db.example.com:5432`)).toMatchObject({ port: 5432 });
  });

  it('is good until its time, and not at it', async () => {
    const params = await signAddress('a.example:1', LATER, SECRET);
    expect(await choose(params, choice(), LATER * 1000 - 1)).toMatchObject({ host: 'a.example' });
    expect(await choose(params, choice(), LATER * 1000)).toEqual(EXPIRED);
  });

  it('is not told to have expired to who can not sign', async () => {
    const params = await signAddress('a.example:1', 1, 'another');
    expect(await choose(params)).toEqual(SIGNATURE);
  });

  it.each<[string, (params: URLSearchParams) => void]>([
    ['without an address', (params) => params.delete('to')],
    ['without an expiry', (params) => params.delete('exp')],
    ['without a signature', (params) => params.delete('sig')],
    ['with another host', (params) => params.set('to', 'b.example:22')],
    ['with another port', (params) => params.set('to', 'a.example:23')],
    ['with a host in another case', (params) => params.set('to', 'A.example:22')],
    ['with a later expiry', (params) => params.set('exp', String(LATER + 1))],
    ['with a zero before its expiry', (params) => params.set('exp', `0${LATER}`)],
    ['with an expiry of many digits', (params) => params.set('exp', '9'.repeat(16))],
    ['with an expiry that is no number', (params) => params.set('exp', 'Infinity')],
    ['with an expiry below zero', (params) => params.set('exp', '-1')],
    ['with an expiry in exponents', (params) => params.set('exp', '1e15')],
    ['with an empty signature', (params) => params.set('sig', '')],
    ['with a part of the signature', (params) => params.set('sig', (params.get('sig') ?? '').slice(0, 42))],
    ['with another address first', (params) => params.set('to', 'b.example:22,a.example:22')],
    ['with a second address', (params) => params.append('to', 'b.example:22')],
    ['with the same address twice', (params) => params.append('to', 'a.example:22')],
    ['with a second expiry', (params) => params.append('exp', String(LATER + 1))],
    ['with a second signature', (params) => params.append('sig', 'A'.repeat(43))],
    ['with a line break moved', (params) => params.set('to', `a.example:22\n${LATER}`)],
    ['with white space', (params) => params.set('to', ' a.example:22')],
  ])('is refused %s', async (_, change) => {
    const params = await signAddress('a.example:22', LATER, SECRET);
    change(params);
    expect(await choose(params)).toEqual(SIGNATURE);
  });

  it('is refused under another secret', async () => {
    const params = await signAddress('a.example:22', LATER, SECRET);
    expect(await choose(params, choice(), NOW, 'Secret')).toEqual(SIGNATURE);
  });

  it('is refused where the secret signed something else', async () => {
    const sig = await signText(SECRET, `signalbox sticky\nup\na.example:22\n${LATER}`);
    expect(await choose(`to=a.example:22&exp=${LATER}&sig=${sig}`)).toEqual(SIGNATURE);
  });

  it('is refused whatever is changed in its query', async () => {
    const query = (await signAddress('a.example:22', LATER, SECRET)).toString();
    const change = fc.asyncProperty(fc.nat(query.length - 1), fc.constantFrom(...'aA01&=%.:\n#'), async (at, char) => {
      const changed = query.slice(0, at) + char + query.slice(at + 1);
      const found = await choose(changed);
      // The last character of a signature has two bits that say nothing.
      const isSame = changed.slice(0, -1) === query.slice(0, -1);
      if (isSame) expect([SIGNATURE, { host: 'a.example', port: 22 }]).toContainEqual(found);
      else expect(found).toEqual(SIGNATURE);
    });
    await fc.assert(change, RUNS);
  });

  it('is not made for what is no address', async () => {
    for (const to of ['', 'a.example', 'a.example:0', '127.1:22', '::1:22', 'a b:22', 'a.example:22\n']) {
      await expect(signAddress(to, LATER, SECRET)).rejects.toThrow('What is to be dialled must be a host and a port');
    }
  });

  it('is refused for a spelling that is not usual, even where it is signed', async () => {
    for (const to of ['127.1:22', '2130706433:22', 'a.example.:22', '[fe80::1%1]:22', '::1:22', 'a.example:022']) {
      const sig = await signText(SECRET, `signalbox tunnel\n${to}\n${LATER}`);
      expect(await choose(new URLSearchParams({ to, exp: String(LATER), sig }))).toEqual(SIGNATURE);
    }
  });
});

describe('what is well signed', () => {
  it('still has to be listed', async () => {
    const rules = choice(['*.example.com:443', 'b.example:22']);
    const ask = async (to: string) => choose(await signAddress(to, LATER, SECRET), rules);
    expect(await ask('a.example.com:443')).toEqual({ host: 'a.example.com', port: 443 });
    expect(await ask('b.example:22')).toEqual({ host: 'b.example', port: 22 });
    for (const to of ['a.example.com:22', 'example.com:443', 'b.example:443', '1.1.1.1:443']) {
      expect(await ask(to)).toEqual(NOT_ALLOWED);
    }
  });

  it.each([
    ...['127.0.0.1:22', '10.0.0.1:22', '169.254.169.254:80', '[::1]:22', '[fd00:ec2::254]:80', '[::ffff:10.0.0.1]:22'],
    ...['localhost:22', 'db.internal:5432', 'metadata.google.internal:80', 'redis:6379', '[64:ff9b::a00:1]:22'],
  ])('must be public, which %s is not, unless the route says otherwise', async (to) => {
    const params = await signAddress(to, LATER, SECRET);
    expect(await choose(params)).toEqual(NOT_ALLOWED);
    expect(await choose(params, choice(['*:1-65535'], true))).not.toBeInstanceOf(Rejected);
  });
});
