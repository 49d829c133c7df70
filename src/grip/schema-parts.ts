/** What the schemas of control commands and publish items are made of. */
import * as v from 'valibot';
import { fromBase64 } from '../util/base64.ts';

/** Bytes in base64. */
export const Bytes = v.pipe(
  v.string(),
  v.transform(fromBase64),
  v.check((bytes) => bytes !== null, 'must be base64'),
  v.transform((bytes) => bytes ?? new Uint8Array(0)),
);

/** A whole number, also where it is written as text: some libraries do so. */
export function wholeNumber(min: number, max: number) {
  return v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.regex(/^\d{1,9}$/), v.transform(Number))]),
    v.check(
      (value) => Number.isInteger(value) && value >= min && value <= max,
      `must be a whole number from ${min} to ${max}`,
    ),
  );
}

/** A message as JSON has it: `content` is text, `content-bin` bytes. Where both are there, the bytes count. */
export const Content = { content: v.optional(v.string()), 'content-bin': v.optional(Bytes) };
