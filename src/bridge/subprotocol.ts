import type { FrameKind, Framing } from './framing.ts';
import { base64Framing, plainFraming } from './framing.ts';

/**
 * The subprotocols that a tunnel knows, the preferred one first: its own, in which either side can end its stream and go on
 * to listen, and those of websockify (https://github.com/novnc/websockify). `binary` before `base64`, which some servers
 * echo and do not speak.
 */
export const TUNNEL_PROTOCOLS = ['tunnel.signalbox', 'binary', 'base64'] as const;

/** The subprotocol for an offer that names one of them; null where it names none. */
export function chooseTunnelProtocol(offer: readonly string[]): string | null {
  return TUNNEL_PROTOCOLS.find((name) => offer.includes(name)) ?? null;
}

/** How a connection is framed that goes by a subprotocol, or by the route where it goes by none of a tunnel's. */
export function framingFor(subprotocol: string | null, frames: FrameKind): { framing: Framing; halfCloses: boolean } {
  if (subprotocol === 'base64') return { framing: base64Framing(), halfCloses: false };
  const isBinary = subprotocol === 'binary' || subprotocol === 'tunnel.signalbox';
  return { framing: plainFraming(isBinary ? 'binary' : frames), halfCloses: subprotocol === 'tunnel.signalbox' };
}
