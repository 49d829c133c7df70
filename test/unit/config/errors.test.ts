import { describe, expect, it } from 'vitest';
import { ERRORS, Rejected } from '../../../src/config/errors.ts';

describe.each(Object.entries(ERRORS))('%s', (code, { status, detail }) => {
  it('is named in upper snake case', () => {
    expect(code).toMatch(/^ERR(_[A-Z]+)+$/);
  });

  it('has a status of an error', () => {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
  });

  it('says in whole sentences what to do', () => {
    expect(detail).toMatch(/^[A-Z].*\.$/);
  });
});

it('keeps every code and its status, which clients rely on', () => {
  expect(Object.fromEntries(Object.entries(ERRORS).map(([code, { status }]) => [code, status]))).toEqual({
    ERR_BAD_REQUEST_TARGET: 400,
    ERR_NO_ROUTE: 404,
    ERR_METHOD_NOT_ALLOWED: 405,
    ERR_UPGRADE_REQUIRED: 426,
    ERR_UPGRADE_NOT_WEBSOCKET: 426,
    ERR_HTTP_ONLY: 400,
    ERR_CONNECTION_HEADER: 400,
    ERR_WEBSOCKET_VERSION: 426,
    ERR_WEBSOCKET_KEY: 400,
    ERR_UPGRADE_WITH_BODY: 400,
    ERR_HEADERS_TOO_LARGE: 431,
    ERR_ORIGIN_NOT_ALLOWED: 403,
    ERR_SUBPROTOCOL_MALFORMED: 400,
    ERR_SUBPROTOCOL_REQUIRED: 400,
    ERR_ROOM_NAME: 400,
    ERR_CHANNEL_UNKNOWN: 404,
    ERR_CONNECT_COMMAND: 400,
    ERR_EMULATION_REQUEST: 400,
    ERR_MESSAGE_TOO_LARGE: 413,
    ERR_SESSION_UNKNOWN: 404,
    ERR_CREDENTIALS_MISSING: 401,
    ERR_CREDENTIALS_INVALID: 401,
    ERR_CREDENTIALS_EXPIRED: 401,
    ERR_TICKET_USED: 401,
    ERR_IDENTITY_INVALID: 403,
    ERR_PERMISSION_DENIED: 403,
    ERR_KEYS_UNAVAILABLE: 503,
    ERR_AUTH_ORIGIN_FAILED: 502,
    ERR_AUTH_ORIGIN_TIMEOUT: 504,
    ERR_TOO_MANY_UPGRADES: 429,
    ERR_ROOM_FULL: 503,
    ERR_TOO_MANY_CONNECTIONS: 429,
    ERR_ROOM_UNAVAILABLE: 503,
    ERR_API_KEY: 401,
    ERR_API_NOT_FOUND: 404,
    ERR_API_REQUEST: 400,
    ERR_API_BODY_TOO_LARGE: 413,
    ERR_UPSTREAMS_UNAVAILABLE: 503,
    ERR_UPSTREAM_UNREACHABLE: 502,
    ERR_UPSTREAM_FAILED: 502,
    ERR_UPSTREAM_TIMEOUT: 504,
    ERR_DIAL_SIGNATURE: 403,
    ERR_DIAL_EXPIRED: 403,
    ERR_DIAL_NOT_ALLOWED: 403,
    ERR_FALLBACK_UNREACHABLE: 502,
    ERR_INTERNAL: 500,
  });
});

it('gives every refusal a sentence of its own', () => {
  const details = Object.values(ERRORS).map(({ detail }) => detail);
  expect(new Set(details).size).toBe(details.length);
});

it('refuses without further headers where none are given', () => {
  expect(new Rejected('ERR_NO_ROUTE')).toMatchObject({ code: 'ERR_NO_ROUTE', headers: {} });
});
