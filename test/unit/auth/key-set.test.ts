import { describe, expect, it } from 'vitest';
import { JWKS, keySet } from '../../support/tokens.ts';
import { broken, keys, known, MINUTE, NEW, OLD, setUpKeySet, world } from './key-set-world.ts';

setUpKeySet();

const DAY = 24 * 60 * MINUTE;

describe('a key set', () => {
  it('is asked for once in ten minutes', async () => {
    expect(await known()).toEqual(['old']);
    world.answers[JWKS] = () => keySet(NEW);
    world.time += 10 * MINUTE - 1;
    expect(await known()).toEqual(['old']);
    expect(world.asked).toHaveLength(1);
    world.time += 1;
    expect(await known()).toEqual(['new']);
    expect(world.asked).toHaveLength(2);
  });

  it('is asked for where the table says, follows nothing elsewhere, and can not keep anybody waiting for ever', async () => {
    await known();
    const [{ url, init }] = world.asked as [(typeof world.asked)[0]];
    expect(url).toBe(JWKS);
    expect(init).toMatchObject({
      redirect: 'manual',
      headers: { Accept: expect.stringContaining('application/json') },
    });
    expect(init.signal).toBeInstanceOf(AbortSignal);
    expect(init).not.toHaveProperty('body');
  });

  it('is asked for by each of two requests at once, so that neither waits for the other', async () => {
    let stuck = true;
    world.answers[JWKS] = () => {
      if (!stuck) return keySet(OLD);
      stuck = false;
      return new Promise<Response>(() => {});
    };
    void keys.get(world);
    expect(await known()).toEqual(['old']);
    expect(world.asked).toHaveLength(2);
  });

  it('is known to a request whose own question fails, where another one got an answer', async () => {
    const answers = [new Promise<Response>((resolve) => setImmediate(resolve, broken())), keySet(OLD)];
    world.answers[JWKS] = () => answers.shift() ?? broken();
    const [first, second] = await Promise.all([keys.get(world), keys.get(world)]);
    expect(first).not.toBeNull();
    expect(first).toBe(second);
  });

  it('is believed while the clock is set back', async () => {
    await known();
    world.time -= DAY;
    expect(await known()).toEqual(['old']);
    expect(world.asked).toHaveLength(1);
  });
});

describe('a key set that can not be fetched', () => {
  it.each<[string, () => Response | Promise<Response>]>([
    ['the status 500', broken],
    ['the status 404, whatever its body', () => new Response(JSON.stringify({ keys: [OLD.jwk] }), { status: 404 })],
    ['a redirect', () => new Response(null, { status: 302, headers: { Location: 'https://b.example/' } })],
    ['nothing', () => new Response(null, { status: 204 })],
    ['an empty body', () => new Response('')],
    ['a page', () => new Response('<!doctype html>', { headers: { 'Content-Type': 'text/html' } })],
    ['null', () => Response.json(null)],
    ['a list', () => Response.json([OLD.jwk])],
    ['one key', () => Response.json(OLD.jwk)],
    ['keys that are no list', () => Response.json({ keys: { old: OLD.jwk } })],
    ['keys that are no objects', () => Response.json({ keys: ['old'] })],
    ['no connection', () => Promise.reject(new TypeError('fetch failed'))],
    ['a timeout', () => Promise.reject(new DOMException('', 'TimeoutError'))],
  ])('is none for %s, and the log says so', async (_, answer) => {
    world.answers[JWKS] = answer;
    expect(await known()).toBeNull();
    expect(console.error).toHaveBeenCalledExactlyOnceWith(expect.stringContaining(JWKS), expect.any(Error));
  });

  it('is not asked for again within two seconds', async () => {
    world.answers[JWKS] = broken;
    expect(await known()).toBeNull();
    world.answers[JWKS] = () => keySet(OLD);
    world.time += 1999;
    expect(await known()).toBeNull();
    expect(world.asked).toHaveLength(1);
    world.time += 1;
    expect(await known()).toEqual(['old']);
  });

  it('stays known for a day from when it was fetched, and no longer', async () => {
    await known();
    world.answers[JWKS] = broken;
    world.time += DAY - 1;
    expect(await known()).toEqual(['old']);
    world.time += 1;
    expect(await known()).toBeNull();
  });

  it('is taken again once it can be fetched, however long that took', async () => {
    await known();
    world.answers[JWKS] = broken;
    world.time += 3 * DAY;
    expect(await known()).toBeNull();
    world.time += MINUTE;
    world.answers[JWKS] = () => keySet(NEW);
    expect(await known()).toEqual(['new']);
  });

  it('is asked for at most every two seconds while the old one is good', async () => {
    await known();
    world.answers[JWKS] = broken;
    world.time += 10 * MINUTE;
    for (let second = 0; second < 10; second++) {
      expect(await known()).toEqual(['old']);
      world.time += 1000;
    }
    expect(world.asked).toHaveLength(1 + 5);
  });
});
