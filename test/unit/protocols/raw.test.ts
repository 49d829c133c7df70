import { describe, expect, it } from 'vitest';
import { DEFAULT_CHANNEL_OPTIONS, type Namespaces } from '../../../src/config/channels.ts';
import { ENCODERS } from '../../../src/protocols/protocol.ts';
import { raw } from '../../../src/protocols/raw/raw.ts';
import { Hub } from '../../../src/room/hub.ts';
import type { Message } from '../../../src/room/ports.ts';
import type { Publication } from '../../../src/room/publication.ts';
import type { AdmissionChanges } from '../../support/admission.ts';
import { createMember, createStores, ManualPort } from '../../support/members.ts';

const KEPT: Namespaces = { '': { ...DEFAULT_CHANNEL_OPTIONS, historySize: 10 } };

function createRoom(namespaces: Namespaces = { '': DEFAULT_CHANNEL_OPTIONS }) {
  const port = new ManualPort();
  const hub = new Hub(port, ENCODERS, createStores(), namespaces);
  const join = (changes: AdmissionChanges = {}) => {
    const member = createMember(changes);
    hub.join(member.connection);
    raw.enter?.(hub, member.connection);
    return { ...member, say: (message: Message) => raw.receive(hub, member.connection, message) };
  };
  return { port, hub, join };
}

describe('what a bare socket gets', () => {
  const publication = (data: Message, json: boolean): Publication => ({
    ...{ data, json, publisher: { userId: 'ada', connectionId: 'c' }, tags: { a: 'b' }, offset: 7, time: 0 },
  });

  it.each([
    ['hello', false, 'hello'],
    ['"quoted"', false, '"quoted"'],
    ['', false, ''],
    ['"text"', true, 'text'],
    ['"a \\"b\\"\\n\\u00e9"', true, 'a "b"\né'],
    ['""', true, ''],
    ['{"a":1}', true, '{"a":1}'],
    ['[]', true, '[]'],
    ['5', true, '5'],
    ['null', true, 'null'],
  ])('of %j, which is JSON: %s, is %j and nothing around it', (data, json, frame) => {
    expect(raw.encode('main', publication(data, json))).toBe(frame);
  });

  it('is bytes where they were bytes', () => {
    const bytes = new Uint8Array([0, 255]).buffer;
    expect(raw.encode('main', publication(bytes, false))).toBe(bytes);
  });
});

describe('a bare socket', () => {
  it('is on the default channel, and hears of no other', () => {
    const { hub, join } = createRoom();
    const ada = join();
    for (const channel of ['main', 'other', 'Main', '']) {
      hub.publish(channel, { data: channel, json: false, publisher: null, tags: null });
    }
    expect([...ada.connection.channels]).toEqual(['main']);
    expect(ada.socket.sent).toEqual(['main']);
  });

  it('is on it again after the room slept, though nothing of that is kept', () => {
    const [before, after] = [createRoom(), createRoom()];
    const ada = before.join();
    expect(ada.connection.record.subscriptions).toEqual([]);
    const again = createMember();
    Object.assign(again.connection.record, ada.connection.record);
    after.hub.restore(again.connection);
    raw.enter?.(after.hub, again.connection);
    after.join().say('hello');
    expect(again.socket.sent).toEqual(['hello']);
  });

  it('is heard once what it sends is written, where the room keeps that, and in order', () => {
    const { hub, port, join } = createRoom(KEPT);
    const [ada, ben] = [join({ echo: true }), join()];
    for (const text of ['1', '2', '3']) ada.say(text);
    ben.say('4');
    expect([ada.socket.sent, ben.socket.sent]).toEqual([['1'], ['1']]);
    port.settle();
    expect([ada.socket.sent, ben.socket.sent]).toEqual([
      ['1', '2', '3', '4'],
      ['1', '2', '3'],
    ]);
    expect(hub.history.read('main', {}, 0).map(({ data }) => data)).toEqual(['1', '2', '3', '4']);
  });

  it('is not told what it said itself though it comes out of a batch', () => {
    const { port, join } = createRoom(KEPT);
    const [ada, ben] = [join(), join()];
    for (const text of ['1', '2']) ada.say(text);
    port.settle();
    expect([ada.socket.sent, ben.socket.sent]).toEqual([[], ['1', '2']]);
  });

  it('may say nothing where the room has no namespace without a name', () => {
    const { join } = createRoom({ chat: DEFAULT_CHANNEL_OPTIONS });
    const [ada, ben] = [join(), join()];
    ada.say('1');
    expect([ada.socket.closed?.code, ben.socket.sent]).toEqual([3507, []]);
  });

  it.each(['api', 'subscribers'] as const)('may say what its channel lets it say: %s', (publish) => {
    const { join } = createRoom({ '': { ...DEFAULT_CHANNEL_OPTIONS, publish } });
    const [ada, ben] = [join(), join()];
    ada.say('1');
    expect([ada.socket.closed?.code, ben.socket.sent]).toEqual(publish === 'api' ? [3507, []] : [undefined, ['1']]);
  });
});
