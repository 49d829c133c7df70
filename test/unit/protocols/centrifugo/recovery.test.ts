import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RUN_LENGTH } from '../../../../src/room/fanout.ts';
import { codeOf, createRoom, type Line, publish, Speaker, subscribe, unsubscribe } from './speaker.ts';

interface Pub {
  data: unknown;
  offset: number;
}

interface Subscribed {
  recoverable?: boolean;
  positioned?: boolean;
  recovered?: boolean;
  was_recovering?: boolean;
  publications?: Pub[];
  offset: number;
  epoch: string;
}

/** A room in which so many publications were made on a channel, and somebody who was not there. */
function createMissed(channel: string, count: number) {
  const room = createRoom();
  const { epoch } = room.hub.position(channel);
  const [ada, ben] = [Speaker.connect(room.hub), Speaker.connect(room.hub)];
  for (let i = 1; i <= count; i++) ada.say(publish(channel, i));
  room.port.settle();
  const comeBack = (more: object): Line => ben.ask(subscribe(channel, { recover: true, epoch, offset: 0, ...more }));
  return { ...room, epoch, ada, ben, comeBack };
}

const subscribedOf = (reply: Line) => reply.subscribe as Subscribed;

describe('a subscription that can be recovered', () => {
  it.each([
    ['kept:a', {}, false],
    ['kept:a', { recoverable: true }, true],
    ['kept:a', { positioned: true }, true],
    ['small:a', {}, true],
    ['a', { recoverable: true, positioned: true }, false],
  ])('is told where the stream stands, where it may be and is asked for: %s %j', (channel, more, keeps) => {
    const { ada, epoch } = createMissed(channel, 2);
    const place = { recoverable: true, positioned: true, publications: [], offset: 2, epoch };
    expect(ada.ask(subscribe(channel, more))).toEqual({ subscribe: keeps ? place : {} });
  });
});

describe('a client that comes back', () => {
  const wants = { recoverable: true };

  it('gets what it missed, and goes on from the place that it came with', () => {
    const { comeBack, epoch } = createMissed('kept:a', 3);
    const { publications, ...rest } = subscribedOf(comeBack({ ...wants, offset: 1 }));
    expect(publications?.map(({ data, offset }) => [data, offset])).toEqual([
      [2, 2],
      [3, 3],
    ]);
    expect(rest).toEqual({
      recoverable: true,
      positioned: true,
      recovered: true,
      was_recovering: true,
      offset: 1,
      epoch,
    });
  });

  it.each([
    ['nothing', 'kept:a', 3, { offset: 3 }, true, []],
    ['everything, without an epoch', 'kept:a', 2, { epoch: '' }, true, [1, 2]],
    ['as much as is kept', 'small:a', 3, { offset: 1 }, true, [2, 3]],
    ['more than is kept', 'small:a', 3, { offset: 0 }, false, []],
    ['1000 publications', 'kept:a', 1001, { offset: 1 }, true, Array.from({ length: 1000 }, (_, i) => i + 2)],
    ['1001 publications', 'kept:a', 1001, { offset: 0 }, false, []],
    ['another stream', 'kept:a', 3, { epoch: 'another' }, false, []],
    ['nothing, and claims to be ahead', 'kept:a', 3, { offset: 4 }, false, []],
  ])('after it missed %s is told so', (_, channel, count, from, recovered, data) => {
    const { comeBack, hub, epoch } = createMissed(channel, count);
    const subscribed = subscribedOf(comeBack({ ...wants, ...from }));
    expect([subscribed.recovered, subscribed.publications?.map((pub) => pub.data)]).toEqual([recovered, data]);
    expect(subscribed).toMatchObject({ was_recovering: true, epoch });
    if (!recovered) expect(subscribed.offset).toBe(count);
    expect(hub.subscribersOf(channel)).toHaveLength(1);
  });

  it('gets an error and no subscription where it would rather have none than one with a gap', () => {
    const { comeBack, ben, hub, port } = createMissed('small:a', 3);
    expect(comeBack({ flag: 2 })).toEqual({ error: { code: 112, message: 'unrecoverable position' } });
    expect([hub.subscribersOf('small:a'), port.kept.get(ben.id)?.subscriptions]).toEqual([[], []]);
    expect(subscribedOf(comeBack({ flag: 2, offset: 1 })).recovered).toBe(true);
  });

  it.each([1, 4, 0])('gets its subscription with a gap where flag %i says nothing of that', (flag) => {
    const { comeBack } = createMissed('small:a', 3);
    expect(subscribedOf(comeBack({ flag })).recovered).toBe(false);
  });

  it('is told so once what it missed has expired', () => {
    const { comeBack, port } = createMissed('small:a', 2);
    port.time = 60_000;
    expect(subscribedOf(comeBack({ offset: 1 })).recovered).toBe(false);
  });
});

describe('a client that comes back to a cache', () => {
  it.each([
    ['the newest publication, whatever it missed', { offset: 0 }, [3], true],
    ['it though it comes from another stream', { epoch: 'another', offset: 9 }, [3], true],
    ['nothing where it has that already', { offset: 3 }, [], true],
  ])('gets %s', (_, from, data, recovered) => {
    const subscribed = subscribedOf(createMissed('cache:a', 3).comeBack(from));
    expect([subscribed.publications?.map((pub) => pub.data), subscribed.recovered]).toEqual([data, recovered]);
    expect(subscribed.offset).toBe(3);
  });

  it('is told so where the newest publication has expired', () => {
    const { comeBack, port } = createMissed('cache:a', 3);
    port.time = 60_000;
    expect(subscribedOf(comeBack({ offset: 1 }))).toMatchObject({ recovered: false, publications: [], offset: 3 });
  });
});

/** A client as the SDKs are: it knows how far it has got, and comes back from there. */
class Reader {
  readonly seen: unknown[] = [];
  readonly #speaker: Speaker;
  #from = { offset: 0, epoch: '' };
  #subscribed = false;

  constructor(speaker: Speaker) {
    this.#speaker = speaker;
  }

  leave(): void {
    if (this.#subscribed) this.#speaker.ask(unsubscribe('kept:a'));
    this.#subscribed = false;
    this.#takePushes();
  }

  comeBack(): void {
    this.leave();
    const reply = this.#speaker.ask(subscribe('kept:a', { recoverable: true, recover: true, ...this.#from }));
    const { recovered, publications = [], offset, epoch } = subscribedOf(reply);
    expect([recovered, codeOf(reply)]).toEqual([true, undefined]);
    this.#from = { offset, epoch };
    for (const pub of publications) this.#take(pub);
    this.#takePushes();
    this.#subscribed = true;
  }

  #takePushes(): void {
    for (const { push } of this.#speaker.pushes.splice(0)) this.#take((push as { pub: Pub }).pub);
  }

  #take({ data, offset }: Pub): void {
    this.seen.push(data);
    this.#from.offset = offset;
  }
}

it('gives every publication once and in order to who comes and goes, however busy the room is', () => {
  const step = fc.oneof(
    fc.constantFrom('publish' as const, 'turn' as const),
    fc.record({ who: fc.nat(2), does: fc.constantFrom('leave' as const, 'comeBack' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const { hub, port } = createRoom();
      const first = Speaker.connect(hub);
      for (let i = 0; i <= RUN_LENGTH; i++) Speaker.connect(hub).ask(subscribe('kept:a'));
      const readers = [first, Speaker.connect(hub), Speaker.connect(hub)].map((speaker) => new Reader(speaker));
      let published = 0;
      for (const step of steps) {
        if (step === 'publish')
          hub.publish('kept:a', { data: String(++published), json: true, publisher: null, tags: null });
        else if (step === 'turn') port.turn();
        else readers[step.who]?.[step.does]();
      }
      port.settle();
      for (const reader of readers) reader.comeBack();
      const all = Array.from({ length: published }, (_, i) => i + 1);
      expect(readers.map(({ seen }) => seen)).toEqual([all, all, all]);
    }),
    { numRuns: 200, seed: 1 },
  );
});
