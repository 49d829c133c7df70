import type { RoomProtocolName, Segment } from './config.ts';

/** Where each protocol of a room is spoken, below the route's path. */
const MOUNTS: Record<RoomProtocolName, readonly string[]> = {
  raw: [],
  centrifugo: ['connection', 'websocket'],
};

/** The path at which a room speaks a protocol. */
export function mountPath(segments: readonly Segment[], protocol: RoomProtocolName): readonly Segment[] {
  const mount = MOUNTS[protocol].map((text): Segment => ({ kind: 'literal', text }));
  if (mount.length === 0) return segments;
  const last = segments.at(-1);
  // A path that ends with a slash has an empty segment there, which is where the mount goes.
  const base = last?.kind === 'literal' && last.text === '' ? segments.slice(0, -1) : segments;
  return [...base, ...mount];
}
