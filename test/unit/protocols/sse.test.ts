import { describe, expect, it } from 'vitest';
import { DEFAULT_CHANNEL_OPTIONS, type Namespaces } from '../../../src/config/channels.ts';
import { Rejected } from '../../../src/config/errors.ts';
import { callServerApi } from '../../../src/protocols/centrifugo/server-api.ts';
import { ENCODERS } from '../../../src/protocols/protocol.ts';
import { asWritten, greet } from '../../../src/protocols/sse/edge.ts';
import { formatPosition, parsePosition } from '../../../src/protocols/sse/position.ts';
import { sse } from '../../../src/protocols/sse/sse.ts';
import { Hub } from '../../../src/room/hub.ts';
import type { Message } from '../../../src/room/ports.ts';
import { type AdmissionChanges, createAdmission } from '../../support/admission.ts';
import { createMember, createStores, ManualPort } from '../../support/members.ts';

const NAMESPACES: Namespaces = {
  '': DEFAULT_CHANNEL_OPTIONS,
  kept: { ...DEFAULT_CHANNEL_OPTIONS, historySize: 3, historyTtl: 60 },
  long: { ...DEFAULT_CHANNEL_OPTIONS, historySize: 2000, historyTtl: 60 },
  tokens: { ...DEFAULT_CHANNEL_OPTIONS, subscribe: 'token' },
  cache: { ...DEFAULT_CHANNEL_OPTIONS, historySize: 3, recoveryMode: 'cache' },
};

function createRoom() {
  const port = new ManualPort();
  const hub = new Hub(port, ENCODERS, createStores(), NAMESPACES);
  return {
    hub,
    port,
    epoch: (channel: string) => hub.position(channel).epoch,
    /** A client of the stream of that channel, and the events that it has got. */
    listen(channel: string, since: string | null = null, changes: AdmissionChanges = {}) {
      const { connection, socket } = createMember({ protocol: 'sse', ...changes });
      hub.join(connection);
      sse.receive(hub, connection, JSON.stringify({ channel, since }));
      return { connection, socket, events: () => socket.sent.join('') };
    },
    publish(channel: string, ...texts: Message[]) {
      for (const data of texts) hub.publish(channel, { data, json: false, publisher: null, tags: null });
      port.settle();
    },
  };
}

describe('a client', () => {
  it('gets what is published on its channel, and nothing of others', () => {
    const { listen, publish } = createRoom();
    const ada = listen('news');
    publish('news', 'one', 'two\nlines');
    publish('main', 'other');
    expect(ada.events()).toBe('data: one\n\ndata: two\ndata: lines\n\n');
  });

  it('is told where the stream is, before anything was published too', () => {
    const { epoch, listen, publish } = createRoom();
    const ada = listen('kept:a');
    publish('kept:a', 'one');
    const id = (offset: number) => `id: ${offset}:${epoch('kept:a')}\n`;
    expect(ada.events()).toBe(`${id(0)}\n${id(1)}data: one\n\n`);
  });

  it('gets bytes in base64, under another name', () => {
    const { listen, publish } = createRoom();
    const ada = listen('news');
    publish('news', new Uint8Array([0, 255]).buffer);
    expect(ada.events()).toBe('event: binary\ndata: AP8=\n\n');
  });

  it('gets text of JSON as that text, and other JSON as it stands', () => {
    const { hub, listen } = createRoom();
    const ada = listen('news');
    for (const data of ['"a\\nb"', '{"a":"b\\nc"}', '5']) {
      hub.publish('news', { data, json: true, publisher: null, tags: { a: 'b' } });
    }
    expect(ada.events()).toBe('data: a\ndata: b\n\ndata: {"a":"b\\nc"}\n\ndata: 5\n\n');
  });

  it('gets what was published in one batch in one frame', () => {
    const { hub, port, listen } = createRoom();
    const many = Array.from({ length: 40 }, () => listen('news'));
    for (const data of ['1', '2', '3']) hub.publish('news', { data, json: false, publisher: null, tags: null });
    port.settle();
    expect(many.at(-1)?.socket.sent).toEqual(['data: 1\n\n', 'data: 2\n\ndata: 3\n\n']);
  });

  it('is remembered to be on its channel, so that it goes on after the room slept', () => {
    const { listen, port } = createRoom();
    const { connection } = listen('news');
    expect(port.kept.get(connection.record.id)).toMatchObject({
      greeted: true,
      subscriptions: [{ channel: 'news', joinLeave: false }],
    });
  });

  it.each([{ user: 'ann', channel: 'news' }, { user: 'ann' }])(
    'is taken off its channel by a back end, and told so: %j',
    async (params) => {
      const { hub, listen, publish } = createRoom();
      const [ann, ben] = ['ann', 'ben'].map((userId) => listen('news', null, { identity: { userId, claims: {} } }));
      await callServerApi(hub, 'unsubscribe', JSON.stringify(params));
      publish('news', 'one');
      expect(ann?.events()).toBe('event: unsubscribe\ndata: {"channel":"news"}\n\n');
      expect(ben?.events()).toBe('data: one\n\n');
    },
  );

  it('says one thing only', () => {
    const ada = createRoom().listen('news');
    const { hub } = createRoom();
    hub.join(ada.connection);
    sse.receive(hub, ada.connection, '{"channel":"news","since":null}');
    expect(ada.socket.closed?.code).toBe(3501);
  });
});

describe('a client that comes back', () => {
  it('gets what it missed, once and in order, and then what is new', () => {
    const { epoch, listen, publish } = createRoom();
    publish('kept:a', '1', '2', '3');
    const ada = listen('kept:a', `1:${epoch('kept:a')}`);
    publish('kept:a', '4');
    const event = (offset: number) => `id: ${offset}:${epoch('kept:a')}\ndata: ${offset}\n\n`;
    expect(ada.events()).toBe(`${event(2)}${event(3)}id: 3:${epoch('kept:a')}\n\n${event(4)}`);
  });

  it('gets nothing where it missed nothing', () => {
    const { epoch, listen, publish } = createRoom();
    publish('kept:a', '1');
    const id = `1:${epoch('kept:a')}`;
    expect(listen('kept:a', id).events()).toBe(`id: ${id}\n\n`);
  });

  it('gets everything where it asks from the beginning and all of it is kept', () => {
    const { listen, publish } = createRoom();
    publish('kept:a', '1', '2', '3');
    expect(
      listen('kept:a', '0')
        .events()
        .match(/data: \d/g),
    ).toEqual(['data: 1', 'data: 2', 'data: 3']);
    publish('kept:a', '4');
    expect(listen('kept:a', '0').events()).toMatch(/^id: 4:[\w-]+\nevent: gone\ndata: \{"channel":"kept:a"\}\n\n$/);
  });

  it.each([
    ['of another stream', '1:another'],
    ['that is ahead of the stream', '9'],
    ['that is none', 'hello'],
    ['that is too large', '9'.repeat(30)],
    ['with a line end', '1:a\nb'],
  ])('is told that something is gone where it names a position %s', (_, since) => {
    const { epoch, listen, publish } = createRoom();
    publish('kept:a', '1', '2');
    expect(listen('kept:a', since).events()).toBe(
      `id: 2:${epoch('kept:a')}\nevent: gone\ndata: {"channel":"kept:a"}\n\n`,
    );
  });

  it('is told so where more was published than is kept, than is given, or than was kept in time', () => {
    const { epoch, port, listen, publish } = createRoom();
    publish('kept:a', '1', '2', '3', '4', '5');
    expect(listen('kept:a', `1:${epoch('kept:a')}`).events()).toContain('event: gone');
    expect(listen('kept:a', `2:${epoch('kept:a')}`).events()).not.toContain('event: gone');
    for (let i = 0; i < 1001; i++) publish('long:a', 'x');
    expect(listen('long:a', `0:${epoch('long:a')}`).events()).toContain('event: gone');
    expect(listen('long:a', `1:${epoch('long:a')}`).events()).not.toContain('event: gone');
    port.time = 60_000;
    expect(listen('kept:a', `4:${epoch('kept:a')}`).events()).toContain('event: gone');
    expect(listen('kept:a', `5:${epoch('kept:a')}`).events()).not.toContain('event: gone');
  });

  it('is told so where nothing is kept', () => {
    expect(createRoom().listen('news', '1:a').events()).toBe('event: gone\ndata: {"channel":"news"}\n\n');
  });

  it('gets the newest where the channel is a cache, if it does not have it', () => {
    const { epoch, listen, publish } = createRoom();
    publish('cache:a', '1', '2', '3', '4', '5');
    const id = `5:${epoch('cache:a')}`;
    expect(listen('cache:a', `1:${epoch('cache:a')}`).events()).toBe(`id: ${id}\ndata: 5\n\nid: ${id}\n\n`);
    expect(listen('cache:a', id).events()).toBe(`id: ${id}\n\n`);
  });
});

it.each([
  { offset: 0, epoch: 'a' },
  { offset: 999_999_999_999_999, epoch: '7643a7dd-f3ba-4b5c-bfe8-57147b3af9c8' },
])('writes a position so that it can be read again: %j', (position) => {
  expect(parsePosition(formatPosition(position))).toEqual(position);
});

it.each(['', ':', '1:', ':a', '-1:a', '1.5:a', '1:a:b', ' 1:a', '1:é', `1:${'a'.repeat(65)}`, '1:a\n'])(
  'takes nothing else for one: %j',
  (id) => {
    expect(parsePosition(id)).toBeNull();
  },
);

describe('the edge', () => {
  function ask(query: string, headers: Record<string, string> = {}, grants = createAdmission().grants) {
    const admission = createAdmission({ protocol: 'sse', grants });
    const said = greet({
      ...{ query: new URLSearchParams(query), headers: new Headers(headers), body: '' },
      ...{ admission, namespaces: NAMESPACES },
    });
    return said instanceof Rejected ? said.code : JSON.parse(said);
  }

  it.each([
    ['', {}, { channel: 'main', since: null }],
    ['channel=kept:a', {}, { channel: 'kept:a', since: null }],
    ['channel=a%26b%20%C3%A9', {}, { channel: 'a&b é', since: null }],
    ['since=5:a', {}, { channel: 'main', since: '5:a' }],
    ['since=', {}, { channel: 'main', since: null }],
    ['since=5:a', { 'Last-Event-ID': '7:a' }, { channel: 'main', since: '7:a' }],
    ['since=5:a', { 'Last-Event-ID': '' }, { channel: 'main', since: '5:a' }],
  ])('tells the room what is asked for: %j, %j', (query, headers, greeting) => {
    expect(ask(query, headers)).toEqual(greeting);
  });

  it.each(['channel=', 'channel=nowhere:a', `channel=${'a'.repeat(256)}`])(
    'refuses a channel that can not be: %s',
    (query) => {
      expect(ask(query)).toBe('ERR_CHANNEL_UNKNOWN');
    },
  );

  it('refuses a channel on which this client may hear nothing', () => {
    const grants = [
      { channel: 'news', allow: ['subscribe'] },
      { channel: '*', allow: ['publish'] },
    ] as const;
    expect(ask('channel=news', {}, grants)).toHaveProperty('channel');
    expect(ask('channel=other', {}, grants)).toBe('ERR_PERMISSION_DENIED');
    expect(ask('channel=tokens:a')).toBe('ERR_PERMISSION_DENIED');
  });

  it('passes events on as they are, and says why the room closes', () => {
    expect(asWritten.frame('data: a\n\n')).toBe('data: a\n\n');
    expect(asWritten.farewell(3005, 'connection expired')).toBe(
      'event: disconnect\ndata: {"code":3005,"reason":"connection expired"}\n\n',
    );
  });
});
