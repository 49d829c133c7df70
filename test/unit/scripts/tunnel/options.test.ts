import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../../../scripts/tunnel/options.ts';

const URL = 'wss://edge.example.com/git';

describe('the arguments', () => {
  it('are a URL, and nothing else has to be said', () => {
    expect(parseOptions([URL], {})).toEqual({ url: URL, headers: {}, listenOn: null });
  });

  it('may stand before and behind it, and count no more behind "--"', () => {
    const expected = { url: URL, headers: { 'x-team': 'red' }, listenOn: null };
    expect(parseOptions(['-H', 'X-Team: red', URL, '--', 'host', 'svnserve', '-t'], {})).toEqual(expected);
    expect(parseOptions([URL, '--header', 'X-Team:red', '--'], {})).toEqual(expected);
  });

  it('give several headers, of which the last of a name counts', () => {
    const headers = ['-H', 'Cookie: a=1; b=2', '-H', 'X-A: 1', '-H', 'x-a: 2:3'];
    expect(parseOptions([...headers, URL], {})).toMatchObject({ headers: { cookie: 'a=1; b=2', 'x-a': '2:3' } });
  });

  it.each([
    ['5432', { host: '127.0.0.1', port: 5432 }],
    ['0', { host: '127.0.0.1', port: 0 }],
    ['0.0.0.0:65535', { host: '0.0.0.0', port: 65_535 }],
    ['localhost:22', { host: 'localhost', port: 22 }],
    ['[::1]:22', { host: '::1', port: 22 }],
  ])('listen on %s', (text, listenOn) => {
    expect(parseOptions(['-L', text, URL], {})).toMatchObject({ listenOn });
  });

  it.each([
    [[], 'give one URL'],
    [['--', URL], 'give one URL'],
    [[URL, 'git.example.com', '9418'], 'give one URL'],
    [['-x', URL], "Unknown option '-x'"],
    [[URL, '-L'], "Option '-L, --listen <value>' argument missing"],
    [['edge.example.com'], 'edge.example.com is not a URL'],
    [['ftp://edge.example.com'], 'the URL must begin with ws: or wss:'],
    [[`${URL}#a`], 'the URL must not have a fragment ("#")'],
    [['-L', '65536', URL], '65536 is no port to listen on'],
    [['-L', '::1:22', URL], '::1:22 is no port to listen on'],
    [['-L', 'localhost:', URL], 'localhost: is no port to listen on'],
  ])('%j are wrong: %s', (args, fault) => {
    expect(parseOptions(args, {})).toBe(fault);
  });

  it.each(['no colon, secret', ': secret', 'a b: secret', 'A: secret\nB: c'])(
    'hold a header that is none, and its value is not told: %j',
    (line) => {
      const fault = parseOptions(['-H', line, URL], {});
      expect(fault).toContain("a header is written as 'Name: value'");
      expect(fault).not.toContain('secret');
    },
  );
});

describe('a token in the environment', () => {
  it('is sent as a bearer token', () => {
    const headers = { authorization: 'Bearer abc' };
    expect(parseOptions([URL], { SIGNALBOX_TOKEN: 'abc' })).toMatchObject({ headers });
  });

  it('gives way to a header', () => {
    const headers = { authorization: 'Basic xyz' };
    expect(parseOptions(['-H', 'Authorization: Basic xyz', URL], { SIGNALBOX_TOKEN: 'abc' })).toMatchObject({
      headers,
    });
  });

  it.each(['abc\n', 'a b', 'a\r\nX: y', 'caf\u00e9', '\u20ac'])('that no header could hold is told: %j', (token) => {
    const fault = 'the token in SIGNALBOX_TOKEN holds characters that no token has';
    expect(parseOptions([URL], { SIGNALBOX_TOKEN: token })).toBe(fault);
  });

  it('that is empty is none', () => {
    expect(parseOptions([URL], { SIGNALBOX_TOKEN: '' })).toMatchObject({ headers: {} });
  });
});
