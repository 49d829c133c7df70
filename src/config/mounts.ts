import type { Mount, RoomProtocolName, Segment, SocketMount, StreamMount } from './config.ts';

/** Where each thing that a room has is, below the route's path. */
const PATHS: Record<Mount, readonly Segment[]> = {
  raw: [],
  centrifugo: literals('connection', 'websocket'),
  http_stream: literals('connection', 'http_stream'),
  centrifugo_sse: literals('connection', 'sse'),
  emulation: literals('emulation'),
  sse: literals('sse'),
  sp: [],
  api: [...literals('api'), { kind: 'rest' }],
};

/** What clients of a protocol need. */
const MOUNTS: Record<RoomProtocolName, readonly Mount[]> = {
  raw: ['raw'],
  centrifugo: ['centrifugo', 'http_stream', 'centrifugo_sse', 'emulation'],
  sse: ['sse'],
  sp: ['sp'],
};

function literals(...texts: string[]): Segment[] {
  return texts.map((text) => ({ kind: 'literal', text }));
}

/** What a room has: all that its protocols need, and its server API where it has keys for one. */
export function mountsOf(protocols: readonly RoomProtocolName[], api: string | undefined): readonly Mount[] {
  const shared = protocols.includes('raw') ? protocols.filter((protocol) => protocol !== 'sp') : protocols;
  const mounts = shared.flatMap((protocol) => MOUNTS[protocol]);
  return api === undefined ? mounts : [...mounts, 'api'];
}

/** The path at which a room has something. */
export function mountPath(segments: readonly Segment[], mount: Mount): readonly Segment[] {
  if (PATHS[mount].length === 0) return segments;
  const last = segments.at(-1);
  // A path that ends with a slash has an empty segment there, which is where the mount goes.
  const base = last?.kind === 'literal' && last.text === '' ? segments.slice(0, -1) : segments;
  return [...base, ...PATHS[mount]];
}

export function isSocketMount(mount: Mount | null): mount is SocketMount {
  return mount === 'raw' || mount === 'centrifugo' || mount === 'sp';
}

export function isStreamMount(mount: Mount | null): mount is StreamMount {
  return mount === 'http_stream' || mount === 'centrifugo_sse' || mount === 'sse';
}
