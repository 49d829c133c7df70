import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../src/app.ts';
import { requireSecret } from '../src/auth/ports.ts';
import { affinityOf } from '../src/bridge/affinity.ts';
import { type Opened, openUpstream } from '../src/bridge/attempt.ts';
import { chosenAddress } from '../src/bridge/guard.ts';
import { UpstreamPool } from '../src/bridge/pool.ts';
import { type Endpoint, proxyHeader } from '../src/bridge/proxy-header.ts';
import { framingFor } from '../src/bridge/subprotocol.ts';
import { type TcpStream, Tunnel, type TunnelPort } from '../src/bridge/tunnel.ts';
import type { ResolvedTunnel, TunnelUpstream } from '../src/config/bridge.ts';
import { Rejected } from '../src/config/errors.ts';
import { dialTcp } from '../src/platform/dial.ts';
import { authPort } from '../src/platform/secrets.ts';
import { switchProtocols } from '../src/platform/socket.ts';
import { readTunnelEntry, type TunnelEntry } from '../src/platform/tunnel-stub.ts';
import { toResponse } from '../src/upgrade/reject.ts';

/** The pools of the tunnels that run in this isolate, by what the route table says of them. */
const pools = new Map<string, UpstreamPool<TunnelUpstream>>();

/** A connection to a service, and what gives its place there back. */
interface Service {
  stream: TcpStream;
  setCookie: string | null;
  release(): void;
}

/** One tunnel, for as long as it lasts: dials the service, switches the client over, and joins the two. */
export class TunnelObject extends DurableObject<Env> {
  override async fetch(request: Request): Promise<Response> {
    const entry = readTunnelEntry(request);
    const service = await this.#open(entry, request);
    return service instanceof Rejected ? toResponse(service) : this.#join(entry, service);
  }

  /** Nobody is switched over before the service is there. */
  async #open(entry: TunnelEntry, request: Request): Promise<Service | Rejected> {
    const { target } = entry;
    if (target.pool === null) return this.#openChosen(entry, new URL(request.url));
    const affinity = await affinityOf(target.policy, target.pool, { request, address: entry.address }, this.#secret);
    const dial = (upstream: TunnelUpstream) => dialService(entry, upstream);
    const opened = await openUpstream(poolOf(target), affinity, dial, Date.now);
    return opened instanceof Rejected ? opened : serviceOf(opened);
  }

  /** The service that the client's URL names, with a signature. */
  async #openChosen(entry: TunnelEntry, url: URL): Promise<Service | Rejected> {
    const { to } = entry.target;
    if (to === null) return new Rejected('ERR_UPSTREAMS_UNAVAILABLE');
    const address = await chosenAddress(to, url, this.#secret(to.secret), Date.now());
    if (address instanceof Rejected) return address;
    const stream = await dialService(entry, address);
    return stream instanceof Rejected ? stream : { stream, setCookie: null, release: () => {} };
  }

  #join(entry: TunnelEntry, { stream, setCookie, release }: Service): Response {
    const { subprotocol, target, limits, expiresAt } = entry;
    const headers = new Headers(setCookie === null ? [] : [['Set-Cookie', setCookie]]);
    const { response, socket } = switchProtocols(subprotocol, headers);
    socket.binaryType = 'arraybuffer';
    // A Close of the client ends its side only: what the service still has to say is delivered.
    socket.accept({ allowHalfOpen: true });
    const options = { ...framingFor(subprotocol, target.frames), ...limits, ...timesOf(target, expiresAt) };
    const tunnel = new Tunnel(socket, stream, options, this.#port(release));
    socket.addEventListener('message', ({ data }) => tunnel.receive(data as string | ArrayBuffer));
    socket.addEventListener('close', ({ code }) => (code === 1006 ? tunnel.clientVanished() : tunnel.clientClosed()));
    socket.addEventListener('error', () => tunnel.clientVanished());
    tunnel.start();
    return response;
  }

  readonly #secret = (variable: string): string => requireSecret(authPort(this.env), variable);

  #port(onClosed: () => void): TunnelPort {
    return {
      now: Date.now,
      after(ms, task) {
        const timer = setTimeout(task, ms);
        return () => clearTimeout(timer);
      },
      holdBack: (work) => this.ctx.blockConcurrencyWhile(work),
      onClosed,
    };
  }
}

function poolOf(target: ResolvedTunnel): UpstreamPool<TunnelUpstream> {
  const key = JSON.stringify(target);
  const pool = pools.get(key) ?? new UpstreamPool(target.pool ?? [], target, Math.random);
  pools.set(key, pool);
  return pool;
}

function serviceOf({ connection: stream, lease }: Opened<TunnelUpstream, TcpStream>): Service {
  return { stream, setCookie: lease.setCookie, release: lease.release };
}

/** Dials a service, and says who is behind the connection where it wants to know. */
async function dialService(
  { target, address }: TunnelEntry,
  { host, port }: { host: string; port: number },
): Promise<TcpStream | Rejected> {
  const { tls, connectTimeoutMs: timeoutMs, proxyProtocol } = target;
  const tlsName = tls === false ? null : tls === true ? host : tls.serverName;
  const greeting = proxyProtocol && ((remote: Endpoint | null) => introduction(proxyProtocol, address, remote));
  const dialled = await dialTcp(host, port, { tlsName, timeoutMs, greeting });
  if (typeof dialled !== 'string') return dialled;
  console.error(`Upstream ${host}:${port} did not connect: ${dialled}`);
  return new Rejected(dialled === 'timeout' ? 'ERR_UPSTREAM_TIMEOUT' : 'ERR_UPSTREAM_UNREACHABLE');
}

function introduction(version: 1 | 2, address: string | null, remote: Endpoint | null): Uint8Array {
  const client = address === null ? null : { address, port: 0 };
  return proxyHeader(version, remote && client, remote);
}

/** A tunnel ends with the credential that opened it, too. */
function timesOf({ idleMs, lifetimeMs }: ResolvedTunnel, expiresAt: number | null) {
  return { idleMs, lifetimeMs, expiresInMs: expiresAt === null ? null : Math.max(0, expiresAt - Date.now()) };
}
