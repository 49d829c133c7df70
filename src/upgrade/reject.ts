import { ERRORS, type ErrorCode, Rejected } from '../config/errors.ts';

/** Where a refusal's code stands too, for whoever does not get to read the body. */
export const ERROR_HEADER = 'Signalbox-Error';

/** What a refusal looks like to the client: problem details (RFC 9457) whose `code` is stable, with what is to be said beside it. */
export function toResponse(rejected: Rejected, extension: Record<string, unknown> = {}): Response {
  const { status, detail } = ERRORS[rejected.code];
  const problem = { title: STATUS_TEXTS[status], status, code: rejected.code, detail, ...extension };
  return new Response(`${JSON.stringify(problem)}\n`, {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      ...rejected.headers,
      [ERROR_HEADER]: rejected.code,
    },
  });
}

/** A refusal, as the client gets it. */
export function refuse(code: ErrorCode, headers?: Record<string, string>): Response {
  return toResponse(new Rejected(code, headers));
}

/** The answer to a mistake of ours: the log gets to know it, and the client that it was one. */
export function toInternalError(error: unknown): Response {
  console.error(error);
  return refuse('ERR_INTERNAL');
}

/** RFC 9457 section 4.2.1: without a `type` of its own, a problem's title is that of its status. */
const STATUS_TEXTS: Record<(typeof ERRORS)[keyof typeof ERRORS]['status'], string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};
