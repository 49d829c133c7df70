/** A key set that a file's tests share, and the world that it asks. */
import { afterEach, beforeEach, vi } from 'vitest';
import { KeySet } from '../../../src/auth/key-set.ts';
import { createSigner, FakeWorld, JWKS, keySet } from '../../support/tokens.ts';

export const OLD = await createSigner('ES256', 'old');
export const NEW = await createSigner('ES256', 'new');

export const MINUTE = 60_000;
export const broken = () => new Response('', { status: 500 });

export let world: FakeWorld;
export let keys: KeySet;

/** Begins each test with a key set that has not asked yet, and would get the old key. */
export function setUpKeySet(): void {
  beforeEach(() => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    world = new FakeWorld();
    world.answers[JWKS] = () => keySet(OLD);
    keys = new KeySet(JWKS);
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });
}

/** The names of the keys that are known; null where there are none. */
export async function known(): Promise<(string | undefined)[] | null> {
  const set = await keys.get(world);
  return set?.jwks().keys.map(({ kid }) => kid) ?? null;
}
