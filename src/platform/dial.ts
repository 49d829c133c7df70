import { connect } from 'cloudflare:sockets';
import type { Endpoint } from '../bridge/proxy-header.ts';
import type { TcpStream } from '../bridge/tunnel.ts';
import { toHostPort } from '../util/host.ts';

/** Why nobody is at the other end: it refused or can't be reached, or did not answer in time. */
export type DialFault = 'unreachable' | 'timeout';

export interface DialOptions {
  /** The name that the service's certificate must be for; null for plain TCP. */
  tlsName: string | null;
  /** Milliseconds that it may take. */
  timeoutMs: number;
  /**
   * Gives the very first bytes, which go before TLS; null for none. `remote` is whom the runtime says to be at the other
   * end, and it may know no more than the name that was dialled; null for unknown.
   */
  greeting: ((remote: Endpoint | null) => Uint8Array) | null;
}

/** Opens a TCP connection, and TLS in it where that is asked for. `host` is spelled as `Host` has it: IPv6 in brackets. */
export async function dialTcp(
  host: string,
  port: number,
  { tlsName, timeoutMs, greeting }: DialOptions,
): Promise<TcpStream | DialFault> {
  const secureTransport = tlsName === null ? 'off' : 'starttls';
  let socket = connect({ hostname: host, port }, { secureTransport, allowHalfOpen: true });
  const open = async (): Promise<TcpStream | 'unreachable'> => {
    try {
      const { remoteAddress } = await socket.opened;
      if (greeting !== null) await write(socket, greeting(remoteOf(remoteAddress)));
      if (tlsName !== null) {
        // Not before that: a socket that is secured at once is never told that nobody is there.
        // Named only where it is another one: not every runtime takes that, and each checks the name that was dialled.
        socket = socket.startTls(tlsName === host ? undefined : { expectedServerHostname: tlsName });
        await socket.opened;
      }
      return streamOf(socket);
    } catch {
      // Refused, unknown, out of reach, without TLS, or with a certificate that is not good for the name.
      return 'unreachable';
    }
  };
  const dialled = await firstOf(open(), timeoutMs);
  if (typeof dialled === 'string') end(socket);
  return dialled;
}

async function write({ writable }: Socket, bytes: Uint8Array): Promise<void> {
  const writer = writable.getWriter();
  await writer.write(bytes);
  writer.releaseLock();
}

function streamOf(socket: Socket): TcpStream {
  return { readable: socket.readable, writable: socket.writable, close: () => end(socket) };
}

function remoteOf(remoteAddress: string | undefined): Endpoint | null {
  const remote = toHostPort(remoteAddress ?? '');
  return remote && { address: remote.host, port: remote.port };
}

/** What comes of `work`, unless it takes too long. */
async function firstOf<T>(work: Promise<T>, ms: number): Promise<T | 'timeout'> {
  const { promise: late, resolve } = Promise.withResolvers<'timeout'>();
  const timer = setTimeout(resolve, ms, 'timeout');
  const first = await Promise.race([work, late]);
  clearTimeout(timer);
  return first;
}

/** What it is told of its end has been told already, by its streams. */
function end(socket: Socket): void {
  socket.closed.catch(() => {});
  socket.close().catch(() => {});
}
