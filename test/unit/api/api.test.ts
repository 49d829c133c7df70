import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createApi } from '../../../src/api/api.ts';
import { callApi, FakeDeployment, KEY, told } from '../../support/api.ts';

const LIST = '/admin/rooms/lobby/connections';

let deployment: FakeDeployment;

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  deployment = new FakeDeployment();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Calls with this Authorization header; null leaves it out. */
async function callAs(Authorization: string | null, path = LIST, method = 'GET') {
  const headers = Authorization === null ? undefined : { Authorization };
  const request = new Request(`https://a.example${path}`, { method, headers });
  return createApi('/admin', { kind: 'api', keys: 'KEYS', tickets: 'SECRET' }).fetch(request, deployment);
}

describe('a caller', () => {
  it.each([`Bearer ${KEY}`, 'Bearer key-2', `bearer  ${KEY} `])('is let in with %j', async (authorization) => {
    expect((await callAs(authorization)).status).toBe(200);
  });

  it.each([
    ...[null, '', 'Bearer', 'Bearer ', KEY, `Basic ${KEY}`, 'Bearer key-', 'Bearer key-11', 'Bearer KEY-1'],
    ...['Bearer key-1,', `Bearer ${KEY}, key-2`, 'Bearer ,', 'Bearer undefined', 'Bearer KEYS'],
  ])('is refused with %j, and reaches no room', async (authorization) => {
    const response = await callAs(authorization);
    expect(response.status).toBe(401);
    expect(response.headers.get('WWW-Authenticate')).toBe('Bearer');
    expect(await response.json()).toMatchObject({ code: 'ERR_API_KEY' });
    expect(deployment.calls).toEqual([]);
  });

  it.each([
    ['GET', '/admin'],
    ['GET', '/admin/'],
    ['POST', '/admin/tickets'],
    ['GET', '/admin/no/such/call'],
    ['POST', '/admin/rooms/lobby/disconnect'],
    ['OPTIONS', LIST],
    ['HEAD', LIST],
    ['GET', '/%61dmin/rooms/lobby/connections'],
    ['GET', '/admin//rooms/lobby/connections'],
  ])('without a key learns nothing of what there is: %s %s', async (method, path) => {
    const response = await callAs(null, path, method);
    expect(response.status).toBe(401);
    expect(deployment.calls).toEqual([]);
  });

  it.each([',', ' ', ' , '])('is refused where the deployment has no keys: %j', async (keys) => {
    deployment.secrets.KEYS = keys;
    for (const key of [null, 'Bearer ', 'Bearer ,', `Bearer ${KEY}`]) expect((await callAs(key)).status).toBe(401);
  });

  it.each([undefined, ''])('is refused where the keys are not set, which is a mistake: %j', async (keys) => {
    deployment.secrets = keys === undefined ? {} : { KEYS: keys };
    expect(await told(callAs(`Bearer ${KEY}`))).toEqual([500, expect.objectContaining({ code: 'ERR_INTERNAL' })]);
    expect(console.error).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ name: 'MissingSecret' }));
    expect(deployment.calls).toEqual([]);
  });
});

describe('a call that there is not', () => {
  it.each([
    ['GET', '/admin'],
    ['GET', '/admin/'],
    ['GET', '/admin/tickets'],
    ['PUT', '/admin/tickets'],
    ['POST', '/admin/tickets/'],
    ['POST', '/admin/tickets/1'],
    ['GET', '/admin/rooms'],
    ['GET', '/admin/rooms/lobby'],
    ['GET', '/admin/rooms//connections'],
    ['GET', '/admin/rooms/a/b/connections'],
    ['POST', LIST],
    ['DELETE', LIST],
    ['GET', '/admin/rooms/lobby/disconnect'],
    ['GET', '/admin/Rooms/lobby/connections'],
  ])('is answered with 404: %s %s', async (method, path) => {
    const response = await callApi(deployment, { method, path });
    expect(await told(response)).toEqual([404, expect.objectContaining({ code: 'ERR_API_NOT_FOUND' })]);
    expect(response.headers.get('Signalbox-Error')).toBe('ERR_API_NOT_FOUND');
    expect(deployment.calls).toEqual([]);
  });
});

describe('a body', () => {
  const path = '/admin/rooms/lobby/disconnect';
  /** A good body of so many bytes. */
  const ofLength = (bytes: number) => '{"userId":"ann"}'.padEnd(bytes);
  const streamed = (text: string) => new Blob([text]).stream();

  it.each([
    ['as text', (text: string) => ({ body: text })],
    ['that says how long it is', (text: string) => ({ body: text, headers: { 'Content-Length': `${text.length}` } })],
    ['that does not say how long it is', (text: string) => ({ body: streamed(text) })],
  ])('may be 64 KiB and not one byte more: %s', async (_, send) => {
    expect((await callApi(deployment, { path, ...send(ofLength(65_536)) })).status).toBe(200);
    const tooLarge = await callApi(deployment, { path, ...send(ofLength(65_537)) });
    expect(await told(tooLarge)).toEqual([413, expect.objectContaining({ code: 'ERR_API_BODY_TOO_LARGE' })]);
    expect(deployment.calls).toHaveLength(1);
  });

  it('is not even read of somebody without a key', async () => {
    const pulled = vi.fn();
    const body = new ReadableStream({ pull: pulled }, { highWaterMark: 0 });
    const response = await callApi(deployment, { path, body, headers: { Authorization: 'Bearer no' } });
    expect(response.status).toBe(401);
    expect(pulled).not.toHaveBeenCalled();
  });
});

it('answers below whatever path it is given', async () => {
  const api = createApi('/ops/café', { kind: 'api', keys: 'KEYS' });
  const headers = { Authorization: `Bearer ${KEY}` };
  const request = new Request('https://a.example/ops/caf%C3%A9/rooms/a/connections', { headers });
  expect((await api.fetch(request, deployment)).status).toBe(200);
});
