import { createDelta } from 'fossil-delta';

/** Bytes of a text above which no delta is made of it: finding what repeats in a text full of repetitions takes long. */
export const MAX_DELTA_BYTES = 32 * 1024;

/** The digits of Fossil's numbers, which are to the base 64. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~';

/** A run of bytes that stands in both texts. */
interface Copy {
  source: number;
  target: number;
  length: number;
}

const encoder = new TextEncoder();
// What looks like a byte order mark is text like any other here.
const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

/**
 * What makes `target` of `source`: a delta in Fossil's format over their UTF-8 bytes
 * (https://fossil-scm.org/home/doc/trunk/www/delta_format.wiki), or null where one of them is too long for that.
 *
 * A delta holds bytes, and travels here as text. So none of its parts begins or ends within a character.
 */
export function deltaOf(source: string, target: string): string | null {
  if (Math.max(source.length, target.length) > MAX_DELTA_BYTES) return null;
  const [from, to] = [encoder.encode(source), encoder.encode(target)];
  if (Math.max(from.length, to.length) > MAX_DELTA_BYTES) return null;
  const { copies, checksum } = parseDelta(createDelta(from, to));
  return formatDelta(
    to,
    copies.map((copy) => withinCharacters(copy, to)),
    checksum,
  );
}

/** Takes a delta apart that `createDelta` has made: what it copies; all else of the target stands in it. */
function parseDelta(delta: Uint8Array): { copies: Copy[]; checksum: number } {
  const copies: Copy[] = [];
  let at = 0;
  const readChar = () => String.fromCharCode(delta[at++] ?? 0);
  const readNumber = () => {
    let number = 0;
    for (let digit = digitAt(delta, at); digit >= 0; digit = digitAt(delta, ++at)) number = number * 64 + digit;
    return number;
  };
  readNumber();
  readChar();
  for (let target = 0; ; ) {
    const length = readNumber();
    const operator = readChar();
    if (operator === ';') return { copies, checksum: length };
    if (operator === '@') {
      copies.push({ source: readNumber(), target, length });
      readChar();
    } else at += length;
    target += length;
  }
}

/** -1 where there is none. */
function digitAt(delta: Uint8Array, at: number): number {
  return DIGITS.indexOf(String.fromCharCode(delta[at] ?? 0));
}

/** The part of a copy that is whole characters. */
function withinCharacters({ source, target, length }: Copy, text: Uint8Array): Copy {
  let end = target + length;
  while (end > target && isWithinCharacter(text, end)) end--;
  let skipped = 0;
  while (target + skipped < end && isWithinCharacter(text, target + skipped)) skipped++;
  return { source: source + skipped, target: target + skipped, length: end - target - skipped };
}

/** Whether a byte of UTF-8 is not the first one of its character (RFC 3629 section 3). */
function isWithinCharacter(text: Uint8Array, at: number): boolean {
  return ((text[at] ?? 0) & 0xc0) === 0x80;
}

function formatDelta(text: Uint8Array, copies: readonly Copy[], checksum: number): string {
  const parts = [`${digits(text.length)}\n`];
  let done = 0;
  for (const { source, target, length } of copies.filter(({ length }) => length > 0)) {
    parts.push(formatInsert(text.subarray(done, target)), `${digits(length)}@${digits(source)},`);
    done = target + length;
  }
  parts.push(formatInsert(text.subarray(done)), `${digits(checksum)};`);
  return parts.join('');
}

function formatInsert(bytes: Uint8Array): string {
  return bytes.length === 0 ? '' : `${digits(bytes.length)}:${decoder.decode(bytes)}`;
}

function digits(number: number): string {
  const rest = Math.floor(number / 64);
  return (rest > 0 ? digits(rest) : '') + DIGITS[number % 64];
}
