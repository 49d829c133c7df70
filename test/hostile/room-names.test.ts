import { describe, expect, it } from 'vitest';
import { frame, join } from '../support/hostile-frames.ts';
import { ask, upgradeTo, verdict } from '../support/hostile-http.ts';
import { neighbours, router, setUpNeighbours } from '../support/hostile-neighbours.ts';

// The room is called echo/names, which is not what /rooms/echo%2Fnames leads to.
setUpNeighbours('/echo/names');

const answerTo = async (path: string) => verdict(await ask(router, upgradeTo(path)));

describe('the name of a room', () => {
  it.each([
    ['256 bytes', 'a'.repeat(256)],
    ['256 encoded bytes', '%61'.repeat(256)],
    ['256 bytes of two each', '%c3%a9'.repeat(128)],
    ['256 bytes of four each', '%f0%9f%98%80'.repeat(64)],
  ])('may be %s', async (_, name) => {
    expect(await answerTo(`/rooms/${name}`)).toBe('101');
  });

  it.each([
    ['257 bytes', 'a'.repeat(257)],
    ['257 encoded bytes', '%61'.repeat(257)],
    ['257 bytes, one over after 128 of two each', `${'%c3%a9'.repeat(128)}a`],
    ['260 bytes of four each', '%f0%9f%98%80'.repeat(65)],
    ['no bytes', ''],
    ['no bytes and a query', '?room=a'],
    ['no bytes and a fragment', '#a'],
    ['a dot, which is no segment', '.'],
    ['an encoded dot, which is none either', '%2e'],
    ['a segment that is taken back', 'a/..'],
    ['a null byte', '%00'],
    ['a null byte at its end', 'names%00'],
    ['a line of a head', 'names%0d%0aSet-Cookie:%20a=b'],
    ['a delete', 'names%7f'],
    ['a control character of two bytes', 'names%c2%85'],
    ['half an encoding', '%'],
    ['half an encoding at its end', 'names%4'],
    ['an encoding that is none', '%zz'],
    ['an encoding of another sort', '%u0041'],
    ['a slash, overlong', '%c0%af'],
    ['a slash of three bytes', '%e0%80%af'],
    ['a slash of four bytes', '%f0%80%80%af'],
    ['a null byte of two bytes', '%c0%80'],
    ['half a surrogate pair', '%ed%a0%80'],
    ['a code point beyond the last', '%f4%90%80%80'],
    ['a byte that is never UTF-8', '%ff'],
    ['half a character', '%e2%82'],
    ['a continuation alone', '%80'],
  ])('may not be %s', async (_, name) => {
    expect(await answerTo(`/rooms/${name}`)).toBe('400 ERR_ROOM_NAME');
  });

  it.each([
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    ':room',
    '*',
    '%25',
    '%2525',
    '%20',
    '..;',
    'a;b',
  ])('is only a name, whatever it means elsewhere: %s', async (name) => {
    expect(await answerTo(`/rooms/${name}`)).toBe('101');
  });
});

describe('a path', () => {
  it.each([
    ['/rooms/../same/names', '403 ERR_ORIGIN_NOT_ALLOWED'],
    ['/rooms/%2e%2e/same/names', '403 ERR_ORIGIN_NOT_ALLOWED'],
    ['/rooms/.%2E/same/names', '403 ERR_ORIGIN_NOT_ALLOWED'],
    ['/rooms\\..\\same\\names', '403 ERR_ORIGIN_NOT_ALLOWED'],
    ['/../../../same/names', '403 ERR_ORIGIN_NOT_ALLOWED'],
    ['/%73ame/names', '403 ERR_ORIGIN_NOT_ALLOWED'],
    ['/%73%61%6d%65/%6eames', '403 ERR_ORIGIN_NOT_ALLOWED'],
    ['/rooms/names/../../same/names', '403 ERR_ORIGIN_NOT_ALLOWED'],
    [`/${'a/'.repeat(5000)}${'../'.repeat(5000)}same/names`, '403 ERR_ORIGIN_NOT_ALLOWED'],
    [`/${'../'.repeat(20_000)}same/names`, '403 ERR_ORIGIN_NOT_ALLOWED'],
  ])('that leads to a guarded route in an odd way meets its guard: %s', async (path, answer) => {
    expect(await answerTo(path)).toBe(answer);
  });

  it.each([
    '/rooms/..',
    '/rooms/%2e%2e',
    '/rooms%2fnames',
    '/rooms%5cnames',
    '/ROOMS/names',
    '/%2572ooms/names',
    '/rooms;a=b/names',
    '/rooms/a/b',
    '/rooms/a\\b',
    '/rooms/a/',
    '/rooms//',
    `/rooms/${'a/'.repeat(10_000)}`,
    `/${'%2e%2e%2f'.repeat(1000)}rooms/a`,
  ])('that only looks like a route is none: %s', async (path) => {
    expect(await answerTo(path)).toBe('404 ERR_NO_ROUTE');
  });
});

it.each([
  '/rooms/echo%2Fnames',
  '/rooms/echo%2fnames',
  '/rooms/%65cho%2Fnames',
  '/rooms/echo%252Fnames',
  '/rooms/..%2fecho%2fnames',
])('lets nobody into the room of another route by a slash in a name: %s', async (path) => {
  const [speaker, listener] = [await join(router, path), await join(router, path)];
  speaker.write(frame(0x81, 'let me in'));
  // Whoever is in the room has been written to by then.
  expect(await listener.readFrame()).toEqual({ first: 0x81, payload: Buffer.from('let me in') });
  expect(await neighbours.talk()).toEqual([]);
  speaker.destroy();
  listener.destroy();
});
