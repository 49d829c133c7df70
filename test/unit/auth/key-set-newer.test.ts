import { describe, expect, it } from 'vitest';
import { JWKS, keySet } from '../../support/tokens.ts';
import { broken, keys, known, MINUTE, NEW, OLD, setUpKeySet, world } from './key-set-world.ts';

setUpKeySet();

async function knownSet() {
  const set = await keys.get(world);
  if (set === null) throw new TypeError('Keys must be known');
  return set;
}

describe('newer keys', () => {
  it('are asked for', async () => {
    const old = await knownSet();
    world.answers[JWKS] = () => keySet(OLD, NEW);
    expect((await keys.newer(old, world))?.jwks().keys).toHaveLength(2);
    expect(await known()).toEqual(['old', 'new']);
    expect(world.asked).toHaveLength(2);
  });

  it('are there already where another request has fetched them', async () => {
    const old = await knownSet();
    const newer = await keys.newer(old, world);
    expect(await keys.newer(old, world)).toBe(newer);
    expect(world.asked).toHaveLength(2);
  });

  it('are good for ten minutes from when they were fetched', async () => {
    const old = await knownSet();
    world.time += 9 * MINUTE;
    await keys.newer(old, world);
    world.time += 10 * MINUTE - 1;
    await known();
    expect(world.asked).toHaveLength(2);
  });

  it('are none where they can not be fetched, and the old ones stay known', async () => {
    const old = await knownSet();
    world.answers[JWKS] = broken;
    expect(await keys.newer(old, world)).toBeNull();
    expect(await keys.get(world)).toBe(old);
  });

  it('are asked for ten times at once, and then once every thirty seconds', async () => {
    const ask = async () => (await keys.newer(await knownSet(), world)) !== null;
    for (let time = 0; time < 10; time++) expect(await ask()).toBe(true);
    expect(await ask()).toBe(false);
    expect(world.asked).toHaveLength(1 + 10);
    world.time += 29_999;
    expect(await ask()).toBe(false);
    world.time += 1;
    expect(await ask()).toBe(true);
    expect(await ask()).toBe(false);
    expect(world.asked).toHaveLength(1 + 11);
  });

  it('are asked for ten times at once again after five quiet minutes, and no more', async () => {
    const ask = async () => (await keys.newer(await knownSet(), world)) !== null;
    for (let time = 0; time < 10; time++) await ask();
    world.time += 9 * MINUTE;
    const again = [];
    for (let time = 0; time < 12; time++) again.push(await ask());
    expect(again.filter(Boolean)).toHaveLength(10);
  });
});

describe('a refresh', () => {
  it('is one question, however many ask while old keys are at hand', async () => {
    await known();
    world.time += 11 * MINUTE;
    await Promise.all(Array.from({ length: 100 }, known));
    expect(world.asked).toHaveLength(2);
  });

  it('waits for a pause after a failure, also for an unknown key', async () => {
    const old = await knownSet();
    world.answers[JWKS] = broken;
    for (let i = 0; i < 5; i++) expect(await keys.newer(old, world)).toBeNull();
    expect(world.asked).toHaveLength(2);
    world.time += 2000;
    await keys.newer(old, world);
    expect(world.asked).toHaveLength(3);
  });

  it('that finds no keys at all takes none away', async () => {
    const old = await knownSet();
    world.answers[JWKS] = () => keySet();
    expect(await keys.newer(old, world)).toBeNull();
    expect(await known()).toEqual(['old']);
  });

  it('whose answer comes late does not undo a newer one', async () => {
    const old = await knownSet();
    const late = Promise.withResolvers<Response>();
    world.answers[JWKS] = () => late.promise;
    const first = keys.newer(old, world);
    world.time += 1;
    world.answers[JWKS] = () => keySet(NEW);
    await keys.newer(old, world);
    late.resolve(keySet(OLD));
    await first;
    expect(await known()).toEqual(['new']);
  });
});
