import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { WebSocket } from 'ws';
import { broken, closed, type Outcome } from './outcome.ts';
import { Receipts } from './receipts.ts';

/** Networks on the way forget connections that are quiet for a minute or two. */
const PING_MS = 30_000;

/** In each direction, an empty binary message ends it. */
const END = Buffer.alloc(0);

/**
 * Joins an open tunnel with two streams, which may be the two halves of one: each end of stream goes over to the other side,
 * and no side gets faster than the other one takes. Resolves when the tunnel is closed; `output` may not have ended then.
 */
export async function join(socket: WebSocket, input: Readable, output: Writable): Promise<Outcome> {
  const pings = setInterval(() => socket.ping(), PING_MS);
  let fault: string | null = null;
  const fail = (sentence: string) => {
    fault ??= sentence;
    socket.terminate();
  };
  passDown(socket, output, fail);
  void passUp(input, socket, fail);
  socket.resume();
  const [code, reason] = await closeOf(socket);
  clearInterval(pings);
  return fault === null ? closed(code, reason.toString()) : broken(fault);
}

/** Not by `once`, which takes an error for the end: the close that follows it says all there is to say. */
function closeOf(socket: WebSocket): Promise<[number, Buffer]> {
  return new Promise((resolve) => socket.on('close', (code, reason) => resolve([code, reason])));
}

function passDown(socket: WebSocket, output: Writable, fail: (sentence: string) => void): void {
  const receipts = new Receipts(
    (text) => socket.send(text),
    (ms, task) => setTimeout(task, ms),
  );
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary || output.writableEnded) fail('the router sent what does not belong in a tunnel');
    else if (data.length === 0) {
      output.end();
      // A stream that has been ended does not say when it is drained.
      socket.resume();
    } else if (!output.write(data, (error) => error || receipts.add(data.length))) socket.pause();
  });
  output.on('drain', () => socket.resume());
  output.on('error', () => fail('nobody reads what comes'));
}

async function passUp(input: Readable, socket: WebSocket, fail: (sentence: string) => void): Promise<void> {
  try {
    // One stream may be both halves, so the end of this one must not be the end of the other.
    for await (const chunk of input.iterator({ destroyOnReturn: false })) await send(socket, chunk);
    await send(socket, END);
  } catch {
    // What happened to the tunnel itself is told by its close.
    if (socket.readyState === WebSocket.OPEN) fail('what was to be sent broke off');
  }
}

/** Resolves when the message is written, so that no more is read than the network takes. */
function send(socket: WebSocket, message: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(message, (error) => (error ? reject(error) : resolve()));
  });
}

/** Ends a stream, and resolves when it has got everything, or can't any more. */
export async function endOf(output: Writable): Promise<void> {
  output.end();
  try {
    await finished(output, { readable: false });
  } catch {
    // Nobody reads it.
  }
}
