import { once } from 'node:events';
import type { Centrifuge, PublicationContext, SubscribedContext, Subscription } from 'centrifuge';
import { describe, expect, it } from 'vitest';
import { connectTo, openSocket, setUpClients } from '../support/centrifugo.ts';

setUpClients();

const connect = (room: string) => connectTo(`/live/${room}`);

/** A subscription of a client of its own, and what came to it. */
async function subscribe(room: string, channel: string, options: object = { delta: 'fossil' }) {
  const client = await connect(room);
  const subscription = client.newSubscription(channel, options);
  const received: unknown[] = [];
  subscription.on('publication', ({ data }: PublicationContext) => received.push(data));
  subscription.subscribe();
  await subscription.ready();
  return { client, subscription, received };
}

/** How many publications came whole, and how many as what changed. */
function kindsOf(subscription: Subscription): [number, number] {
  const { numFullPayloads, numDeltaPayloads } = subscription.deltaStats();
  return [numFullPayloads, numDeltaPayloads];
}

async function publishAll(room: string, channel: string, bodies: readonly unknown[]): Promise<void> {
  const client = await connect(room);
  for (const body of bodies) await client.publish(channel, body);
}

const TEXT = 'A text that is long enough for its repetition to be worth leaving out, which takes some words.';
const bodyOf = (value: unknown) => ({ text: TEXT, value, more: TEXT });
const bodies = (...values: unknown[]) => values.map(bodyOf);

describe('a client that asks for deltas', () => {
  it.each(['a', 'fleeting:a'])('gets one publication whole, and of the others what changed: %s', async (channel) => {
    const { subscription, received } = await subscribe('changes', channel);
    const all = bodies(1, 2, [3], null, { five: 5 });
    await publishAll('changes', channel, all);
    await expect.poll(() => received).toEqual(all);
    expect(kindsOf(subscription)).toEqual([1, 4]);
    const { bytesReceived, bytesDecoded } = subscription.deltaStats();
    expect(bytesReceived).toBeLessThan(bytesDecoded / 2);
  });

  it('understands every kind of character, also where two of them share bytes', async () => {
    const { subscription, received } = await subscribe('characters', 'a');
    const texts = ['é', 'è', 'я', 'џ', '日本', '日木', '🙂', '🙃', '🎂', '\ufeff', '\u2028', '"\\\n', '\ud800', ''];
    const all = bodies(...texts.map((text) => `Жили-были ${text} дед да баба`));
    await publishAll('characters', 'a', all);
    await expect.poll(() => received).toEqual(all);
    expect(kindsOf(subscription)).toEqual([1, all.length - 1]);
  });

  it('gets data of any kind, whole where that is shorter', async () => {
    const { subscription, received } = await subscribe('kinds', 'a');
    const all = [1, 'text', TEXT, `${TEXT}!`, null, [], { a: 1 }, true, '{"a":1}'];
    await publishAll('kinds', 'a', all);
    await expect.poll(() => received).toEqual(all);
    expect(kindsOf(subscription)).toEqual([8, 1]);
  });

  it('gets big publications, whole where they are too big', async () => {
    const { subscription, received } = await subscribe('big', 'a');
    const big = Array.from({ length: 400 }, (_, i) => `line ${i} of a text that is rather long`);
    const all = [bodyOf(big), bodyOf([...big, 'one more']), bodyOf([...big, ...big, ...big]), bodyOf(big)];
    await publishAll('big', 'a', all);
    await expect.poll(() => received).toEqual(all);
    expect(kindsOf(subscription)).toEqual([3, 1]);
  });

  it('that comes late begins with a publication whole, and the others go on', async () => {
    const early = await subscribe('late', 'a');
    await publishAll('late', 'a', bodies(1, 2));
    const late = await subscribe('late', 'a');
    await publishAll('late', 'a', bodies(3, 4));
    await expect.poll(() => [early.received, late.received]).toEqual([bodies(1, 2, 3, 4), bodies(3, 4)]);
    expect([kindsOf(early.subscription), kindsOf(late.subscription)]).toEqual([
      [1, 3],
      [1, 1],
    ]);
  });

  it('gets whole publications where the channel has no deltas', async () => {
    const { subscription, received } = await subscribe('without', 'plain:a');
    await publishAll('without', 'plain:a', bodies(1, 2));
    await expect.poll(() => received).toEqual(bodies(1, 2));
    expect(subscription.deltaStats().numPublications).toBe(0);
  });
});

describe('a client with deltas that comes back', () => {
  const leave: [string, (client: Centrifuge, subscription: Subscription) => void, typeof Function.prototype][] = [
    ['after it was disconnected', (client) => client.disconnect(), (client: Centrifuge) => client.connect()],
    [
      'after it left the channel',
      (_, subscription) => subscription.unsubscribe(),
      (_: Centrifuge, subscription: Subscription) => subscription.subscribe(),
    ],
  ];

  it.each(leave)('gets what it missed, and goes on: %s', async (_, go, comeBack) => {
    const room = `back ${_}`;
    const { client, subscription, received } = await subscribe(room, 'a');
    await publishAll(room, 'a', bodies(1, 2));
    await expect.poll(() => received).toHaveLength(2);
    go(client, subscription);
    await publishAll(room, 'a', bodies(3, 4));
    const subscribed = new Promise<SubscribedContext>((resolve) => subscription.once('subscribed', resolve));
    comeBack(client, subscription);
    expect(await subscribed).toMatchObject({ recovered: true, wasRecovering: true });
    await publishAll(room, 'a', bodies(5, 6));
    await expect.poll(() => received).toEqual(bodies(1, 2, 3, 4, 5, 6));
    expect(kindsOf(subscription)).toEqual([4, 2]);
  });
});

it('takes one channel to who wants deltas, who does not, and bare sockets: text, JSON and bytes', async () => {
  const raw = await openSocket('/live/mixed');
  const [changes, whole] = [await subscribe('mixed', 'main'), await subscribe('mixed', 'main', {})];
  const long = `{"text":"${TEXT}","n":1}`;
  const sent = [TEXT, `${TEXT} é`, long, long.replace('1', '2'), Buffer.alloc(300, 1), Buffer.alloc(303, 1)];
  for (const message of sent) raw.send(message);
  const all = sent.map((message, i) =>
    typeof message === 'string' ? (i < 2 ? message : JSON.parse(message)) : message.toString('base64'),
  );
  await expect.poll(() => [changes.received, whole.received]).toEqual([all, all]);
  expect(kindsOf(changes.subscription)).toEqual([2, 4]);
  const told = once(raw, 'message');
  await changes.subscription.publish(bodyOf(7));
  expect(JSON.parse(String((await told)[0]))).toEqual(bodyOf(7));
  await expect.poll(() => [changes.received.at(-1), whole.received.at(-1)]).toEqual([bodyOf(7), bodyOf(7)]);
});

it('takes publications that come faster than they are written to a crowd of both kinds, in order', async () => {
  const options = [{ delta: 'fossil' }, {}];
  const crowd = await Promise.all(Array.from({ length: 80 }, (_, i) => subscribe('crowd', 'a', options[i % 2])));
  const publisher = await connect('crowd');
  const values = Array.from({ length: 50 }, (_, i) => i);
  await Promise.all(values.map((value) => publisher.publish('a', bodyOf(value))));
  const late = await subscribe('crowd', 'a');
  await publisher.publish('a', bodyOf('last'));
  const all = bodies(...values, 'last');
  await expect.poll(() => crowd.map(({ received }) => received.length)).toEqual(crowd.map(() => all.length));
  expect(crowd.map(({ received }) => received)).toEqual(crowd.map(() => all));
  expect(crowd.map(({ subscription }) => kindsOf(subscription))).toEqual(
    crowd.map((_, i) => (i % 2 === 0 ? [1, 50] : [0, 0])),
  );
  await expect.poll(() => late.received).toEqual(bodies('last'));
});
