import { describe, expect, it } from 'vitest';
import { answerServerApi, MAX_BODY_BYTES } from '../../../src/api/server-api.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import { FakeDeployment, KEY } from '../../support/api.ts';

const [route] = parseConfig({ routes: [{ path: '/a', target: { kind: 'room', room: 'a', api: 'KEYS' } }] }).routes;

/** The status of a call of a room that gives back what it was called with. */
async function call(body: string): Promise<number> {
  const deployment = new FakeDeployment();
  deployment.callServerApi = async (_, __, params) => params;
  if (route?.target.kind !== 'room') throw new TypeError('The route leads to no room');
  const request = new Request('https://a.example/a/api/publish', {
    method: 'POST',
    headers: { 'X-API-Key': KEY },
    body,
  });
  const answer = await answerServerApi('a', route.target, 'publish', request, deployment);
  if (answer.ok) expect(await answer.text()).toBe(body);
  return answer.status;
}

describe('the body of a call', () => {
  const textOf = (bytes: number) => `"${'é'.repeat((bytes - 2) / 2)}"`;

  it('may have so many bytes of UTF-8, and none more', async () => {
    expect(await call(textOf(MAX_BODY_BYTES))).toBe(200);
    expect(await call(`${textOf(MAX_BODY_BYTES)} `)).toBe(413);
  });

  it.each(['', '{', 'nonsense'])('is JSON: %j', async (body) => {
    expect(await call(body)).toBe(400);
  });
});
