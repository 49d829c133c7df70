import { applyDelta } from 'fossil-delta';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CHANNEL_OPTIONS } from '../../../../src/config/channels.ts';
import { codeOf, createRoom, type Line, publish, Speaker, subscribe, unsubscribe } from './speaker.ts';

const encoder = new TextEncoder();
const wants = { delta: 'fossil' };
const bodyOf = (value: unknown) => ({ text: 'long enough that it pays to say only what changed', value });

/** Takes publications apart as a client does that negotiated deltas. */
class Decoder {
  #previous = new Uint8Array();
  readonly kinds: string[] = [];

  read({ data, delta = false }: { data: string; delta?: boolean }): unknown {
    this.kinds.push(delta ? 'delta' : 'whole');
    const bytes = encoder.encode(data);
    this.#previous = delta ? new Uint8Array(applyDelta(this.#previous, bytes)) : bytes;
    return JSON.parse(new TextDecoder().decode(this.#previous));
  }
}

const pubsIn = (lines: readonly Line[]) =>
  lines.flatMap(({ push }) => (push ? [(push as { pub: { data: string; delta?: boolean } }).pub] : []));

describe('a subscription to a channel with deltas', () => {
  it('is told so where it asked, is kept so, and gets what changed from then on', () => {
    const { hub, port } = createRoom();
    const [ada, decoder] = [Speaker.connect(hub), new Decoder()];
    expect(ada.ask(subscribe('delta:a', wants))).toEqual({ subscribe: { delta: true } });
    expect(port.kept.get(ada.id)?.subscriptions).toEqual([{ channel: 'delta:a', joinLeave: false, delta: true }]);
    const values = [1, 2, 'é 🙂', null].map(bodyOf);
    for (const value of values) ada.ask(publish('delta:a', value));
    expect(pubsIn(ada.pushes).map((pub) => decoder.read(pub))).toEqual(values);
    expect(decoder.kinds).toEqual(['whole', 'delta', 'delta', 'delta']);
  });

  it.each([
    ['delta:a', {}],
    ['delta:a', { delta: '' }],
    ['delta:a', { delta: 'vcdiff' }],
    ['delta:a', { delta: 'Fossil' }],
    ['delta:a', { delta: '__proto__' }],
    ['a', wants],
  ])('gets whole publications where it is not both offered and asked for: %s %j', (channel, more) => {
    const { hub, port } = createRoom();
    const ada = Speaker.connect(hub);
    expect(ada.ask(subscribe(channel, more))).toEqual({ subscribe: {} });
    expect(port.kept.get(ada.id)?.subscriptions).toEqual([{ channel, joinLeave: false }]);
    for (const value of [1, 2]) ada.ask(publish(channel, bodyOf(value)));
    expect(pubsIn(ada.pushes).map(({ data }) => data)).toEqual([1, 2].map(bodyOf));
  });

  it.each([7, true, null, ['fossil'], {}])('is no subscription with %j', (delta) => {
    expect(codeOf(Speaker.connect(createRoom().hub).ask(subscribe('delta:a', { delta })))).toBe(107);
  });

  it('that is left and begins again gets a whole publication first', () => {
    const { hub } = createRoom();
    const [ada, decoder] = [Speaker.connect(hub), new Decoder()];
    for (const value of [1, 2]) {
      ada.ask(subscribe('delta:a', wants));
      ada.ask(publish('delta:a', bodyOf(value)));
      ada.ask(unsubscribe('delta:a'));
    }
    expect(pubsIn(ada.pushes).map((pub) => decoder.read(pub))).toEqual([1, 2].map(bodyOf));
    expect(decoder.kinds).toEqual(['whole', 'whole']);
  });

  it('goes on after the room slept, with a whole publication, also where the table offers deltas no longer', () => {
    const [{ hub, port }, after] = [createRoom(), createRoom({ delta: DEFAULT_CHANNEL_OPTIONS })];
    const ada = Speaker.connect(hub);
    ada.ask(subscribe('delta:a', wants));
    const again = new Speaker(after.hub);
    after.hub.leave(again.connection);
    Object.assign(again.connection.record, port.kept.get(ada.id));
    after.hub.restore(again.connection);
    for (const value of [1, 2]) again.ask(publish('delta:a', bodyOf(value)));
    const decoder = new Decoder();
    expect(pubsIn(again.pushes).map((pub) => decoder.read(pub))).toEqual([1, 2].map(bodyOf));
    expect(decoder.kinds).toEqual(['whole', 'delta']);
  });
});

describe('a subscription with deltas that is recovered', () => {
  it('gets what it missed whole, in strings, and a whole publication next', () => {
    const { hub, port } = createRoom();
    const ada = Speaker.connect(hub);
    const publishAll = (...values: number[]) => {
      ada.say(...values.map((value) => publish('deltas:a', bodyOf(value))));
      port.settle();
      return pubsIn(ada.lines());
    };
    const { epoch } = hub.position('deltas:a');
    publishAll(1, 2);
    const decoder = new Decoder();
    const reply = ada.ask(subscribe('deltas:a', { ...wants, recover: true, offset: 0, epoch }));
    const { publications, ...rest } = reply.subscribe as { publications: { data: string }[] };
    expect(rest).toMatchObject({ delta: true, recovered: true, offset: 0, epoch });
    expect(publications.map((pub) => decoder.read(pub))).toEqual([1, 2].map(bodyOf));
    expect(publishAll(3, 4).map((pub) => decoder.read(pub))).toEqual([3, 4].map(bodyOf));
    expect(decoder.kinds).toEqual(['whole', 'whole', 'whole', 'delta']);
  });

  it('reads history as everybody does', () => {
    const ada = Speaker.connect(createRoom().hub);
    ada.ask(subscribe('deltas:a', wants));
    ada.ask(publish('deltas:a', { a: 1 }));
    const { history } = ada.ask({ history: { channel: 'deltas:a', limit: 10 } });
    expect(history).toMatchObject({ publications: [{ data: { a: 1 }, offset: 1 }] });
  });
});
