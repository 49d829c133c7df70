import type { HeaderFields } from './headers.ts';

/** An answer over HTTP, in parts. */
export interface AnswerParts {
  status: number;
  headers: HeaderFields;
  body: string | Uint8Array | ReadableStream<Uint8Array> | null;
}

/** Statuses whose answers have no body (Fetch Standard, "null body status"). */
const WITHOUT_BODY = [204, 205, 304];

/** The answer as the client gets it. */
export function toAnswer({ status, headers, body }: AnswerParts): Response {
  const shown = body instanceof Uint8Array ? new Uint8Array(body) : body;
  return new Response(WITHOUT_BODY.includes(status) ? null : shown, { status, headers: new Headers(headers) });
}
