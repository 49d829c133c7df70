import { ERRORS, type Rejected } from '../config/errors.ts';

/** What a refusal looks like to the client: problem details (RFC 9457) whose `code` is stable. */
export function toResponse(rejected: Rejected): Response {
  const { status, detail } = ERRORS[rejected.code];
  const problem = { title: STATUS_TEXTS[status], status, code: rejected.code, detail };
  return new Response(`${JSON.stringify(problem)}\n`, {
    status,
    headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', ...rejected.headers },
  });
}

/** RFC 9457 section 4.2.1: without a `type` of its own, a problem's title is that of its status. */
const STATUS_TEXTS: Record<(typeof ERRORS)[keyof typeof ERRORS]['status'], string> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};
