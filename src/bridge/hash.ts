/** FNV-1a over UTF-16 code units, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv). */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** The finaliser of MurmurHash3: FNV's last characters hardly reach the high bits by themselves. */
function finalise(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** A number over 0 and under 1 that two texts decide. Spread evenly, and no secret: who sees both can work it out. */
export function fraction(first: string, second: string): number {
  // The length keeps pairs apart of which a part of one text could belong to the other.
  const hash = finalise(fnv1a(`${first.length} ${first}${second}`)) >>> 0;
  return (hash + 0.5) / 2 ** 32;
}
