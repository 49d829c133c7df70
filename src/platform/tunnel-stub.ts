import type { ResolvedTunnel } from '../config/bridge.ts';
import type { Limits } from '../config/limits.ts';
import { refuse } from '../upgrade/reject.ts';

/** Carries a `TunnelEntry`. Only the edge can reach a tunnel's object, so that trusts it. */
const ENTRY_HEADER = 'Signalbox-Tunnel';

/** What the edge tells of somebody who may have a tunnel. */
export interface TunnelEntry {
  target: ResolvedTunnel;
  /** The subprotocol to name in the 101; null for none. */
  subprotocol: string | null;
  limits: Pick<Limits, 'maxMessageBytes' | 'maxBufferedBytes'>;
  /** The client's address; null where the runtime does not tell. */
  address: string | null;
  /** When the tunnel ends, in milliseconds since 1970; null for no end. */
  expiresAt: number | null;
}

/** The objects that hold a tunnel each. */
export type Tunnels = DurableObjectNamespace<Rpc.DurableObjectBranded>;

/**
 * Hands an upgrade over to an object of its own, with what upstreams may be chosen by: its URL and its headers.
 *
 * An object, since the runtime reads a WebSocket as fast as it comes unless an object's input gate is closed: without one, a
 * service that reads slowly would fill the memory with what its client sends.
 */
export async function openTunnel(tunnels: Tunnels, request: Request, entry: TunnelEntry): Promise<Response> {
  const headers = new Headers(request.headers);
  headers.set(ENTRY_HEADER, encodeURIComponent(JSON.stringify(entry)));
  try {
    return await tunnels.get(tunnels.newUniqueId()).fetch(request.url, { headers });
  } catch (error) {
    console.error('A tunnel could not be opened:', error);
    return refuse('ERR_INTERNAL');
  }
}

export function readTunnelEntry(request: Request): TunnelEntry {
  return JSON.parse(decodeURIComponent(request.headers.get(ENTRY_HEADER) ?? '')) as TunnelEntry;
}
