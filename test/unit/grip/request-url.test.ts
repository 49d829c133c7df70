import { expect, it } from 'vitest';
import type { Segment } from '../../../src/config/config.ts';
import { parsePath } from '../../../src/config/pattern.ts';
import { requestUrl } from '../../../src/grip/request-url.ts';

it.each([
  ['https://app.example/ws', '/chat', '/chat', 'https://app.example/ws'],
  ['https://app.example/ws', '/chat/:id', '/chat/7', 'https://app.example/ws'],
  ['https://app.example', '/chat/*', '/chat/a/b', 'https://app.example/a/b'],
  ['https://app.example/v1/', '/chat/*', '/chat/a', 'https://app.example/v1/a'],
  ['https://app.example/v1', '/chat/*', '/chat/', 'https://app.example/v1/'],
  ['https://app.example', '/*', '/a%2Fb', 'https://app.example/a%2Fb'],
  ['https://app.example', '/*', '//evil.example/a', 'https://app.example//evil.example/a'],
  ['https://app.example/ws', '/chat', '/chat?a=1', 'https://app.example/ws?a=1'],
  ['https://app.example/ws?k=v', '/chat', '/chat', 'https://app.example/ws?k=v'],
  ['https://app.example/ws?k=v', '/chat', '/chat?a=%20&a=2', 'https://app.example/ws?k=v&a=%20&a=2'],
])('of %s, at the path %s, a request for %s is for %s', (base, path, asked, url) => {
  const segments = parsePath(path) as readonly Segment[];
  expect(requestUrl(base, segments, new URL(`http://signalbox.test${asked}`)).href).toBe(url);
});
