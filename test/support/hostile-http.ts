/** Requests that no proper client sends, and what an answer to one of them may hold. */
import { expect } from 'vitest';
import { type Answer, GOOD_UPGRADE, RawSocket, requestHead } from './raw-socket.ts';
import type { Router } from './router.ts';

/** Traces of a stack, of a path on the machine, or of a host that clients know nothing of. */
const INSIDES = [
  /\bat .*[(/].*:\d+/,
  /\.(?:[cm]?[jt]s|c\+\+|rs)\b/,
  /\/(?:home|root|tmp|usr|var|work)\//,
  /node_modules|workerd/,
  /127\.0\.0\.1|localhost|https?:\/\/room/,
];

/** The request of a good upgrade, with `more` lines after its own and without those of the names in `drop`. */
export function upgradeTo(path: string, more: readonly string[] = [], drop: readonly string[] = []): string {
  const kept = GOOD_UPGRADE.filter((line) => !drop.some((name) => line.startsWith(`${name}:`)));
  return requestHead(`GET ${path} HTTP/1.1`, [...kept, ...more]);
}

/** Text whose characters are the bytes to send. Strings go out as UTF-8 otherwise. */
export function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

export async function openWith(router: Router, request: string | Uint8Array): Promise<RawSocket> {
  const socket = await RawSocket.open(router.port);
  socket.write(request);
  return socket;
}

/** What a request is answered with on a connection of its own. */
export async function ask(router: Router, request: string | Uint8Array): Promise<Answer> {
  const socket = await openWith(router, request);
  const answer = await readSafeAnswer(socket);
  socket.destroy();
  return answer;
}

export async function readSafeAnswer(socket: RawSocket): Promise<Answer> {
  const answer = await socket.readAnswer();
  const text = JSON.stringify(answer);
  for (const trace of INSIDES) expect(text).not.toMatch(trace);
  return answer;
}

/** The status and the stable code of an answer; no code for one that is the runtime's own. */
export function verdict({ status, headers, body }: Answer): string {
  const isProblem = headers['content-type'] === 'application/problem+json';
  return isProblem ? `${status} ${(JSON.parse(body) as { code: string }).code}` : String(status);
}

/** The status of the runtime's refusal, after which it closes the connection. */
export async function lastWords(router: Router, request: string | Uint8Array): Promise<number> {
  const socket = await openWith(router, request);
  const { status } = await readSafeAnswer(socket);
  expect(await isClosed(socket)).toBe(true);
  return status;
}

/** Waits for the end of a connection on which nothing more is to come; false where something does. */
export async function isClosed(socket: RawSocket): Promise<boolean> {
  return (await socket.read(1)).length === 0;
}

/**
 * What the next request on a connection is answered with: `closed`, or what that request asks for. Anything else would be
 * the answer to bytes that were no request.
 */
export async function askAfter(socket: RawSocket): Promise<string> {
  socket.write(requestHead('GET /asked/after HTTP/1.1', ['Host: chat.example.com']));
  const answer = await readSafeAnswer(socket);
  socket.destroy();
  return Number.isNaN(answer.status) ? 'closed' : verdict(answer);
}

/** What `askAfter` may tell of a connection that is in step. */
export const IN_STEP = ['closed', '404 ERR_NO_ROUTE'];
