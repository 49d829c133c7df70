import { describe, expect, it } from 'vitest';
import type { Route } from '../../../src/config/config.ts';
import { ERRORS, type ErrorCode, Rejected } from '../../../src/config/errors.ts';
import { refusalByClose } from '../../../src/upgrade/refuse.ts';
import { toResponse } from '../../../src/upgrade/reject.ts';
import { type HeaderChanges, resolveRoute, upgradeRequest } from '../../support/requests.ts';

const codes = Object.keys(ERRORS) as ErrorCode[];
const told = codes.filter((code) => [401, 403, 429].includes(ERRORS[code].status));
const DENIED = new Rejected('ERR_PERMISSION_DENIED');

function refuse(answer: Rejected | Response, row: Partial<Route> = {}, request = upgradeRequest()) {
  const response = answer instanceof Rejected ? toResponse(answer) : answer;
  return refusalByClose(resolveRoute({ refuse: 'close', ...row }), request, response);
}

describe('a refusal is told by a close', () => {
  it.each(told.map((code) => [code, 4000 + ERRORS[code].status] as const))('as %s: %i', (code, expected) => {
    expect(refuse(new Rejected(code))).toEqual({ code: expected, reason: code, subprotocol: null });
  });

  it.each([
    [401, 4401, 'ERR_CREDENTIALS_INVALID'],
    [403, 4403, 'ERR_PERMISSION_DENIED'],
  ])('that an origin gave with %i: %i and %s', (status, code, reason) => {
    const answer = new Response('Log in first.', { status, headers: { 'Set-Cookie': 'a=b' } });
    expect(refuse(answer)).toEqual({ code, reason, subprotocol: null });
  });

  it.each(told)('with a code and a reason that may be sent: %s', (code) => {
    const refusal = refuse(new Rejected(code));
    expect(refusal?.code).toBeGreaterThanOrEqual(4000);
    expect(refusal?.code).toBeLessThan(4500);
    expect(new TextEncoder().encode(refusal?.reason).length).toBeLessThanOrEqual(123);
  });
});

describe('an answer goes out as it is', () => {
  it.each(codes.filter((code) => !told.includes(code)))('for %s', (code) => {
    expect(refuse(new Rejected(code))).toBeNull();
  });

  it.each([200, 204, 302, 400, 402, 404, 407, 426, 500, 502, 503, 504])('with the status %i', (status) => {
    expect(refuse(new Response(null, { status }))).toBeNull();
  });

  it.each(told)('where the route says so, and where it says nothing: %s', (code) => {
    expect(refuse(new Rejected(code), { refuse: 'http' })).toBeNull();
    expect(refuse(new Rejected(code), { refuse: undefined })).toBeNull();
  });

  it.each<[string, HeaderChanges, string?]>([
    ['is no upgrade', { Upgrade: null, Connection: null }],
    ['is an upgrade to something else', { Upgrade: 'h2c' }],
    ['has another method', {}, 'POST'],
    ['lacks Connection', { Connection: null }],
    ['speaks another version', { 'Sec-WebSocket-Version': '8' }],
    ['has no key', { 'Sec-WebSocket-Key': null }],
    ['has a bad key', { 'Sec-WebSocket-Key': 'abc' }],
    ['announces a body', { 'Content-Length': '1' }],
  ])('to a request that %s: nobody could hear the close', (_, headers, method) => {
    expect(refuse(DENIED, {}, upgradeRequest(headers, method))).toBeNull();
  });
});

describe('the subprotocol of a close', () => {
  const protocols = ['chat.v2', 'chat.v1'];
  const bearer = 'signalbox.bearer.YWJj';

  it.each([
    ['chat.v1', 'chat.v1'],
    ['chat.v1, chat.v2', 'chat.v2'],
    [`${bearer}, chat.v1`, 'chat.v1'],
    [bearer, null],
    ['Chat.v1', null],
    ['other', null],
    ['chat.v1, chat.v1', null],
    ['chat.v1,,', null],
    ['', null],
    [null, null],
  ])('for the offer %j is %j', (offer, subprotocol) => {
    const request = upgradeRequest({ 'Sec-WebSocket-Protocol': offer });
    expect(refuse(DENIED, { protocols }, request)).toMatchObject({ code: 4403, subprotocol });
  });

  it('is none where the route demands none', () => {
    const request = upgradeRequest({ 'Sec-WebSocket-Protocol': `chat.v1, ${bearer}` });
    expect(refuse(DENIED, {}, request)).toMatchObject({ code: 4403, subprotocol: null });
  });

  it.each<[string, Route['target']]>([
    ['an origin', { kind: 'proxy', pool: ['https://a.example'] }],
    ['a service', { kind: 'tunnel', pool: [{ host: '10.0.0.1', port: 22 }] }],
    ['an application server', { kind: 'grip', url: 'https://a.example' }],
  ])('is one that was offered where %s would have chosen it', (_, target) => {
    const request = upgradeRequest({ 'Sec-WebSocket-Protocol': `${bearer}, chat.v1, chat.v2` });
    expect(refuse(DENIED, { target }, request)).toMatchObject({ code: 4403, subprotocol: 'chat.v1' });
    expect(refuse(DENIED, { target })).toMatchObject({ subprotocol: null });
  });

  it('is never a credential', () => {
    const request = upgradeRequest({ 'Sec-WebSocket-Protocol': bearer });
    expect(refuse(DENIED, { protocols: ['chat'] }, request)).toMatchObject({ subprotocol: null });
  });
});
