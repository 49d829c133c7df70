import { base64url } from 'jose';
import { describe, expect, it } from 'vitest';
import { findCredential, withoutQueryCredentials } from '../../../src/auth/credential.ts';
import type { CredentialSource } from '../../../src/config/auth.ts';
import { splitList } from '../../../src/util/header-list.ts';
import { type HeaderChanges, upgradeRequest } from '../../support/requests.ts';

const offerOf = (text: string) => `signalbox.bearer.${base64url.encode(text)}`;

function find(sources: readonly CredentialSource[], headers: HeaderChanges = {}, search = ''): string | null {
  const request = upgradeRequest(headers, 'GET', `https://a.example/${search}`);
  const offer = splitList(request.headers.get('Sec-WebSocket-Protocol') ?? '');
  return findCredential(request, offer, sources);
}

describe('the sources of a credential', () => {
  const ALL: CredentialSource[] = ['authorization', 'subprotocol', { cookie: 'a' }, { query: 'a' }];
  const HOLDING: HeaderChanges[] = [
    { Authorization: 'Bearer from-authorization' },
    { 'Sec-WebSocket-Protocol': offerOf('from-subprotocol') },
    { Cookie: 'a=from-cookie' },
  ];
  const FOUND = ['from-authorization', 'from-subprotocol', 'from-cookie', 'from-query'];
  const everything = Object.assign({}, ...HOLDING) as HeaderChanges;

  it.each([0, 1, 2, 3])('are looked at in their order: %i first', (first) => {
    const order = [...ALL.slice(first), ...ALL.slice(0, first)];
    expect(find(order, everything, '?a=from-query')).toBe(FOUND[first]);
  });

  it('are passed over that hold nothing, or something empty', () => {
    const empty = { Authorization: 'Bearer ', 'Sec-WebSocket-Protocol': 'signalbox.bearer.', Cookie: 'a=' };
    expect(find(ALL, empty, '?a=from-query')).toBe('from-query');
    expect(find([{ query: 'a' }, ...ALL], everything, '?a=')).toBe('from-authorization');
    expect(find(ALL, empty, '?a=')).toBeNull();
  });

  it.each(ALL.map((source, index) => [source, FOUND[index]] as const))(
    'are the only ones looked at: %j',
    (source, own) => {
      expect(find([source], everything, '?a=from-query')).toBe(own);
      expect(find([source])).toBeNull();
    },
  );

  it('may be none', () => {
    expect(find([], everything, '?a=from-query')).toBeNull();
  });
});

describe('a URL without its credentials', () => {
  it.each<[string, CredentialSource[], string]>([
    ['?token=secret', [{ query: 'token' }], ''],
    ['?a=1&token=secret&b=2', [{ query: 'token' }], '?a=1&b=2'],
    ['?token=secret&a=1&token=another', [{ query: 'token' }], '?a=1'],
    ['?%74oken=secret&a=1', [{ query: 'token' }], '?a=1'],
    ['?a=1&b=2&c=3', [{ query: 'a' }, 'authorization', { query: 'c' }], '?b=2'],
    ['?token2=1&xtoken=2&Token=3&token=secret', [{ query: 'token' }], '?token2=1&xtoken=2&Token=3'],
    ['?token=kept', [{ cookie: 'token' }, 'authorization', 'subprotocol'], '?token=kept'],
    ['?token=kept', [], '?token=kept'],
  ])('%s of %j has %j left', (search, sources, left) => {
    const url = new URL(`https://a.example/path${search}`);
    const cleaned = withoutQueryCredentials(url, sources);
    expect(cleaned.href).toBe(`https://a.example/path${left}`);
    expect(url.search).toBe(search);
  });
});
