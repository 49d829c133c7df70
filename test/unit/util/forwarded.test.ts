import { expect, it } from 'vitest';
import { setForwarded } from '../../../src/util/forwarded.ts';

it('says what the router knows, whatever was said before', () => {
  const headers = new Headers({ 'X-Forwarded-For': '192.0.2.1', 'X-Forwarded-Host': 'evil.example' });
  setForwarded(headers, new URL('https://chat.example.com:8443/a'), '2001:db8::1');
  expect(Object.fromEntries(headers)).toEqual({
    'x-forwarded-for': '2001:db8::1',
    'x-forwarded-host': 'chat.example.com:8443',
    'x-forwarded-proto': 'https',
  });
});

it('says no address that it does not know', () => {
  const headers = new Headers();
  setForwarded(headers, new URL('http://a.example/'), null);
  expect([...headers.keys()]).toEqual(['x-forwarded-host', 'x-forwarded-proto']);
});
