import { describe, expect, it } from 'vitest';
import { type Mount, ROOM_PROTOCOLS, type Segment } from '../../../src/config/config.ts';
import { matchRoute } from '../../../src/config/match.ts';
import { mountPath } from '../../../src/config/mounts.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import { parsePath } from '../../../src/config/pattern.ts';
import { mistakesIn } from './mistakes.ts';

/** A row of a room, named after its path and protocols so that no two share a name by accident. */
function room(path: string, protocols?: readonly string[], changes: object = {}) {
  return { name: `${path} ${protocols}`, path, target: { kind: 'room', room: 'lobby', protocols }, ...changes };
}

/** The protocol that is spoken at a path; null where nothing is. */
function spokenAt(path: string, ...routes: object[]): Mount | null {
  return matchRoute(parseConfig({ routes }), new URL(path, 'http://signalbox.test'))?.route.mount ?? null;
}

const segmentsOf = (path: string) => parsePath(path) as readonly Segment[];

describe('the path at which a protocol is spoken', () => {
  it.each([
    ['/', '/connection/websocket'],
    ['/chat', '/chat/connection/websocket'],
    ['/chat/', '/chat/connection/websocket'],
    ['/rooms/:room', '/rooms/:room/connection/websocket'],
    ['/rooms/:room/', '/rooms/:room/connection/websocket'],
    ['/connection/websocket', '/connection/websocket/connection/websocket'],
  ])('is below "%s" for Centrifugo: "%s"', (path, mounted) => {
    expect(mountPath(segmentsOf(path), 'centrifugo')).toEqual(segmentsOf(mounted));
  });

  it.each([
    ['http_stream', '/chat/connection/http_stream'],
    ['centrifugo_sse', '/chat/connection/sse'],
    ['emulation', '/chat/emulation'],
    ['sse', '/chat/sse'],
  ] as const)('is below it for clients without WebSocket: %s at "%s"', (mount, mounted) => {
    for (const path of ['/chat', '/chat/']) expect(mountPath(segmentsOf(path), mount)).toEqual(segmentsOf(mounted));
  });

  it.each(['/', '/chat', '/chat/', '/rooms/:room', '/rooms/*'])('is "%s" itself for bare sockets', (path) => {
    expect(mountPath(segmentsOf(path), 'raw')).toEqual(segmentsOf(path));
  });
});

describe('a room', () => {
  it('speaks only to bare sockets unless it says otherwise', () => {
    expect(spokenAt('/chat', room('/chat'))).toBe('raw');
    expect(spokenAt('/chat/connection/websocket', room('/chat'))).toBeNull();
  });

  it('speaks SP at its own path: where bare sockets are, or in their place', () => {
    expect(spokenAt('/chat', room('/chat', ['sp', 'raw']))).toBe('raw');
    expect(spokenAt('/chat', room('/chat', ['sp', 'centrifugo']))).toBe('sp');
    expect(spokenAt('/files/a/b', room('/files/*', ['sp']))).toBe('sp');
  });

  it('speaks each of its protocols at its own path, and nothing in between', () => {
    const both = room('/rooms/:room', ROOM_PROTOCOLS);
    expect(spokenAt('/rooms/a', both)).toBe('raw');
    expect(spokenAt('/rooms/a/connection/websocket', both)).toBe('centrifugo');
    expect(spokenAt('/rooms/a/connection/http_stream', both)).toBe('http_stream');
    expect(spokenAt('/rooms/a/connection/sse', both)).toBe('centrifugo_sse');
    expect(spokenAt('/rooms/a/emulation', both)).toBe('emulation');
    expect(spokenAt('/rooms/a/sse', both)).toBe('sse');
    for (const path of [
      '/rooms/a/',
      '/rooms/a/connection',
      '/rooms/a/sse/',
      '/rooms/a/connection/websocket/',
      '/rooms//x/websocket',
    ]) {
      expect([path, spokenAt(path, both)]).toEqual([path, null]);
    }
  });

  it('does not speak at its own path where it does so only below', () => {
    const only = room('/chat', ['centrifugo']);
    expect(spokenAt('/chat', only)).toBeNull();
    expect(spokenAt('/chat/connection/websocket', only)).toBe('centrifugo');
  });

  it.each([
    ['raw', ['/chat']],
    [
      'centrifugo',
      ['/chat/connection/websocket', '/chat/connection/http_stream', '/chat/connection/sse', '/chat/emulation'],
    ],
    ['sse', ['/chat/sse']],
  ])('has nothing but what its one protocol needs: %s', (protocol, paths) => {
    const all = ['', '/connection/websocket', '/connection/http_stream', '/connection/sse', '/emulation', '/sse'];
    const spoken = all
      .map((path) => `/chat${path}`)
      .filter((path) => spokenAt(path, room('/chat', [protocol])) !== null);
    expect(spoken).toEqual(paths);
  });

  it('takes the name from the same parameter at every path', () => {
    const config = parseConfig({ routes: [room('/rooms/:room', ROOM_PROTOCOLS)] });
    const paths = ['/rooms/a', '/rooms/a/connection/websocket'];
    const found = paths.map((path) => matchRoute(config, new URL(path, 'http://signalbox.test'))?.params);
    expect(found).toEqual([{ room: 'a' }, { room: 'a' }]);
  });

  it('leaves its mount to a row that is more specific', () => {
    const rows = [room('/rooms/:room', ROOM_PROTOCOLS), room('/rooms/lobby/connection/websocket')];
    expect(spokenAt('/rooms/lobby/connection/websocket', ...rows)).toBe('raw');
    expect(spokenAt('/rooms/other/connection/websocket', ...rows)).toBe('centrifugo');
  });

  it.each([
    [[], 'must not be empty', ''],
    [['raw', 'mqtt'], 'must be ("raw" | "centrifugo" | "sse" | "sp"), not "mqtt"', '[1]'],
  ])('may not speak %j', (protocols, message, at) => {
    expect(mistakesIn({ routes: [room('/chat', protocols)] })).toEqual([
      { path: `routes[0].target.protocols${at}`, message },
    ]);
  });
});

describe('two rows', () => {
  const conflict = {
    path: 'routes[1].path',
    message: 'takes the same host and paths as routes[0]: remove one of the two, or tell them apart',
  };

  it.each([
    ['a mount and a path', room('/a', ['centrifugo']), room('/a/connection/websocket')],
    ['a path and a mount', room('/connection/websocket'), room('/', ['raw', 'centrifugo'])],
    ['two mounts', room('/a', ['raw', 'centrifugo']), room('/a', ['centrifugo'])],
    ['a stream and a path', room('/a', ['centrifugo']), room('/a/emulation')],
    ['a stream and another protocol', room('/a', ['sse']), room('/a/sse')],
    ['mounts with and without a slash', room('/a', ['centrifugo']), room('/a/', ['centrifugo'])],
    ['mounts whose parameters differ by name', room('/:a', ['centrifugo']), room('/:b/', ['centrifugo'])],
    [
      'a mount and a page',
      room('/a', ['centrifugo']),
      { path: '/a/connection/websocket', target: { kind: 'page', page: 'chat' } },
    ],
  ])('may not take the same requests: %s', (_, ...routes) => {
    expect(mistakesIn({ routes })).toEqual([conflict]);
  });

  it.each([
    ['protocols of their own at one path', room('/a', ['raw']), room('/a', ['centrifugo'])],
    ['a mount and the path in between', room('/a', ['centrifugo']), room('/a/connection')],
    ['paths with and without a slash', room('/a', ['raw']), room('/a/', ['raw'])],
    ['a mount of a parameter and one of text', room('/:a', ['centrifugo']), room('/a', ['centrifugo'])],
    ['mounts of two hosts', room('/a', ['centrifugo']), room('/a', ['centrifugo'], { name: 'b', host: 'b.example' })],
    [
      'a page at the root and a room below',
      { path: '/', target: { kind: 'page', page: 'chat' } },
      room('/', ['centrifugo']),
    ],
  ])('may have %s', (_, ...routes) => {
    expect(mistakesIn({ routes })).toEqual([]);
  });
});
