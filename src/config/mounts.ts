import type { Mount, RoomProtocolName, Segment } from './config.ts';

/** Where each thing that a room has is, below the route's path. */
const MOUNTS: Record<Mount, readonly Segment[]> = {
  raw: [],
  centrifugo: [literal('connection'), literal('websocket')],
  api: [literal('api'), { kind: 'rest' }],
};

function literal(text: string): Segment {
  return { kind: 'literal', text };
}

/** What a room has: its protocols, and its server API where it has keys for one. */
export function mountsOf(protocols: readonly RoomProtocolName[], api: string | undefined): readonly Mount[] {
  return api === undefined ? protocols : [...protocols, 'api'];
}

/** The path at which a room has something. */
export function mountPath(segments: readonly Segment[], mount: Mount): readonly Segment[] {
  if (MOUNTS[mount].length === 0) return segments;
  const last = segments.at(-1);
  // A path that ends with a slash has an empty segment there, which is where the mount goes.
  const base = last?.kind === 'literal' && last.text === '' ? segments.slice(0, -1) : segments;
  return [...base, ...MOUNTS[mount]];
}
