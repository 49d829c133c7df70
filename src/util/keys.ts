import { sameBytes } from './bytes.ts';

/**
 * Whether `candidate` is one of the keys in `list`, which are separated by commas so that an old one can stay valid while
 * a new one is handed out.
 *
 * Digests are compared, in a time that does not depend on where they differ, and all keys are looked at.
 */
export async function isKeyOf(list: string, candidate: string): Promise<boolean> {
  const keys = list
    .split(',')
    .map((key) => key.trim())
    .filter((key) => key !== '');
  const [wanted, ...known] = await Promise.all([candidate, ...keys].map(digest));
  let found = false;
  for (const key of known) found = sameBytes(key, wanted as Uint8Array) || found;
  return found;
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}
