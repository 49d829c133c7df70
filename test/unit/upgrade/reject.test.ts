import { STATUS_CODES } from 'node:http';
import { describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode, Rejected } from '../../../src/config/errors.ts';
import { toResponse } from '../../../src/upgrade/reject.ts';

/** What Node calls 413 is its name from before RFC 9110. */
const PHRASES: Record<string, string | undefined> = { ...STATUS_CODES, 413: 'Content Too Large' };

const codes = Object.keys(ERRORS) as ErrorCode[];

describe.each(codes)('the response to %s', (code) => {
  const { status, detail } = ERRORS[code];

  it('has the status of the table', () => {
    expect(toResponse(new Rejected(code)).status).toBe(status);
  });

  it('has the four fields of a problem, and no others', async () => {
    const problem: unknown = await toResponse(new Rejected(code)).json();
    expect(problem).toEqual({ title: PHRASES[status], status, code, detail });
  });

  it('says in its head of what type it is, which error, and that nobody may keep it', () => {
    expect(Object.fromEntries(toResponse(new Rejected(code)).headers)).toEqual({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'signalbox-error': code,
    });
  });
});

it('ends its body with a line feed, for terminals', async () => {
  expect(await toResponse(new Rejected('ERR_NO_ROUTE')).text()).toMatch(/^[^\n]+\n$/);
});

it.each([
  [new Rejected('ERR_METHOD_NOT_ALLOWED', { Allow: 'GET' }), 'Allow', 'GET'],
  [new Rejected('ERR_TOO_MANY_UPGRADES', { 'Retry-After': '60' }), 'Retry-After', '60'],
  [new Rejected('ERR_WEBSOCKET_VERSION', { 'Sec-WebSocket-Version': '13' }), 'Sec-WebSocket-Version', '13'],
])('sends the headers of %o along', (rejected, name, value) => {
  expect(toResponse(rejected).headers.get(name)).toBe(value);
});
