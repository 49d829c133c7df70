/** What the command exits with: all went well; the tunnel broke; it was used wrongly; the tunnel could not be opened. */
export const EXIT = { ok: 0, broken: 1, usage: 2, refused: 3 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** How a tunnel went. */
export interface Outcome {
  exit: ExitCode;
  /** What to say of it; null for nothing. */
  message: string | null;
}

/** What an HTTP answer says instead of a switch: its status, and the code and sentence of problem details (RFC 9457). */
export function refusal(status: number, body: string): Outcome {
  const { code, detail } = problemIn(body);
  const message = [`refused with ${status}`, code].filter(Boolean).join(' ');
  return { exit: EXIT.refused, message: printable(detail ? `${message}: ${detail}` : message) };
}

/** Nobody answered, or not as a tunnel does. */
export function unreachable({ message, code }: NodeJS.ErrnoException): Outcome {
  return { exit: EXIT.refused, message: printable(`could not connect: ${message || code}`) };
}

/** What the close of an open tunnel says. 1005 and 1006 are told by nobody: RFC 6455 section 7.4.1. */
export function closed(code: number, reason: string): Outcome {
  if (code === 1000) return { exit: EXIT.ok, message: null };
  if (code === 1006) return broken('the connection broke');
  return broken(reason === '' ? `closed with ${code}` : `closed with ${code}: ${reason}`);
}

export function broken(message: string): Outcome {
  return { exit: EXIT.broken, message: printable(message) };
}

function problemIn(body: string): { code?: string; detail?: string } {
  try {
    const { code, detail } = Object(JSON.parse(body)) as Record<string, unknown>;
    return { code: textOrNone(code), detail: textOrNone(detail) };
  } catch {
    // Another server's page.
    return {};
  }
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** What others say must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}
