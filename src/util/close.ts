import { cutUtf8 } from './text.ts';

/** A Close frame holds 125 bytes, two of them the code (RFC 6455 section 5.5). */
export const MAX_REASON_BYTES = 123;

/** What stands for the code of a Close frame that has none (RFC 6455 section 7.1.5). */
export const NO_CODE = 1005;

/** The arguments of `WebSocket.close()`. Empty for a Close frame without a code. */
export type CloseArguments = [code?: number, reason?: string];

/** The codes that may stand in a Close frame: RFC 6455 section 7.4, and 1012 to 1014 from IANA's registry. */
function maySend(code: number): boolean {
  if (code >= 3000 && code <= 4999) return true;
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006;
}

/**
 * What to answer a Close frame with, or to pass on of it.
 *
 * Codes that nobody may send (0, 999, 1004 to 1006, 1015, 5000 …) become a Close without a code: the runtime hands them
 * to us unchecked and throws when they are sent back.
 */
export function sanitizeClose(code: number, reason: string): CloseArguments {
  return Number.isInteger(code) && maySend(code) ? [code, cutUtf8(reason, MAX_REASON_BYTES)] : [];
}
