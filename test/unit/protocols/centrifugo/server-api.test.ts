import { describe, expect, it } from 'vitest';
import { callServerApi } from '../../../../src/protocols/centrifugo/server-api.ts';
import { callApi, createRoom, history, Speaker, subscribe } from './speaker.ts';

/** Its numbers would be others if they were read here. */
const DATA = '{"id":12345678901234567890,"price":1.0}';
const wanted = (channel: string) => ({ channel, limit: -1 });

describe('what the server API publishes', () => {
  it.each([
    ['publish', `{"channel":"a","data":${DATA}}`],
    ['broadcast', `{"channels":["a"],"data":${DATA}}`],
    ['batch', `{"commands":[{"publish":{"channel":"b","data":1}},{"publish":{"channel":"a","data":${DATA}}}]}`],
  ])('has its numbers as they were written: %s', async (method, params) => {
    const { hub } = createRoom();
    const ada = Speaker.connect(hub);
    ada.ask(subscribe('a'));
    await callServerApi(hub, method, params);
    expect(ada.socket.sent.at(-1)).toBe(`{"push":{"channel":"a","pub":{"data":${DATA}}}}`);
  });

  it('stands like that in what it reads of a history', async () => {
    const { hub } = createRoom();
    await callServerApi(hub, 'publish', `{"channel":"kept:a","data":${DATA}}`);
    const read = await callServerApi(hub, 'history', JSON.stringify(wanted('kept:a')));
    expect(read).toContain(`{"publications":[{"data":${DATA},"offset":1}],`);
  });
});

describe('a history that the server API reads', () => {
  it('is that which a client reads', async () => {
    const { hub, port } = createRoom();
    const tags = { a: 'b' };
    for (const given of [{ data: 1, tags }, { b64data: 'AAE=' }])
      void callApi(hub, 'publish', { channel: 'kept:a', ...given });
    port.settle();
    const { history: result } = Speaker.connect(hub).ask(history('kept:a', { limit: -1 }));
    expect(result).toMatchObject({ publications: [{ data: 1, tags }, { data: 'AAE=' }], offset: 2 });
    expect(await callApi(hub, 'history', wanted('kept:a'))).toEqual({ result });
  });

  it('may hold what a member nested deeper than can be written here', async () => {
    const { hub } = createRoom();
    const data = '['.repeat(100_000) + ']'.repeat(100_000);
    hub.publish('kept:a', { data, json: false, publisher: null, tags: null });
    expect(await callServerApi(hub, 'history', JSON.stringify(wanted('kept:a')))).toContain(`"data":${data},`);
  });
});

describe('what is published with skip_history', () => {
  const publicationsTo = (speaker: Speaker) => speaker.lines().map((line) => (line.push as { pub: unknown }).pub);

  it('comes in its turn, is not kept, and has no place in the stream', async () => {
    const { hub, port } = createRoom();
    const ada = Speaker.connect(hub);
    ada.ask(subscribe('kept:a', { recoverable: true }));
    const replies = [1, 2, 3].map((data) =>
      callApi(hub, 'publish', { channel: 'kept:a', data, skip_history: data === 2 }),
    );
    port.settle();
    const { epoch } = hub.position('kept:a');
    expect(await Promise.all(replies)).toEqual([
      { result: { offset: 1, epoch } },
      { result: {} },
      { result: { offset: 2, epoch } },
    ]);
    expect(publicationsTo(ada)).toEqual([{ data: 1, offset: 1 }, { data: 2 }, { data: 3, offset: 2 }]);
    expect(await callApi(hub, 'history', wanted('kept:a'))).toMatchObject({
      result: { publications: [{ data: 1 }, { data: 3 }], offset: 2 },
    });
  });

  it('is published once under an idempotency key', async () => {
    const { hub, port } = createRoom();
    const ada = Speaker.connect(hub);
    ada.ask(subscribe('kept:a'));
    const call = { channels: ['kept:a'], data: 1, skip_history: true, idempotency_key: 'k' };
    const replies = [call, call].map((params) => callApi(hub, 'broadcast', params));
    port.settle();
    const once = { result: { responses: [{ result: {} }] } };
    expect([await Promise.all(replies), publicationsTo(ada)]).toEqual([[once, once], [{ data: 1 }]]);
  });

  it('is as everything else where nothing is kept', async () => {
    const { hub } = createRoom();
    const ada = Speaker.connect(hub);
    ada.ask(subscribe('a'));
    expect(await callApi(hub, 'publish', { channel: 'a', data: 1, skip_history: true })).toEqual({ result: {} });
    expect(publicationsTo(ada)).toEqual([{ data: 1 }]);
    expect(await callApi(hub, 'publish', { channel: 'a', data: 1, skip_history: 'yes' })).toHaveProperty('error');
  });
});
