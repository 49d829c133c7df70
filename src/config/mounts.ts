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
  publish: literals('publish'),
  'publish/': literals('publish', ''),
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

/** What says which mounts there are. */
interface Mounted {
  protocols: readonly RoomProtocolName[];
  api?: string | undefined;
  grip?: { publish?: string | undefined } | null;
}

/** What a room has: all that its protocols need, and each API for which it has keys. */
export function mountsOf({ protocols, api, grip }: Mounted): readonly Mount[] {
  const shared = protocols.includes('raw') ? protocols.filter((protocol) => protocol !== 'sp') : protocols;
  const mounts = shared.flatMap((protocol) => MOUNTS[protocol]);
  const published: Mount[] = grip?.publish === undefined ? [] : ['publish', 'publish/'];
  return [...mounts, ...(api === undefined ? [] : ['api' as const]), ...published];
}

/** The path at which a room has something. */
export function mountPath(segments: readonly Segment[], mount: Mount): readonly Segment[] {
  if (PATHS[mount].length === 0) return segments;
  const last = segments.at(-1);
  // What a path that ends with a slash has there is an empty segment. There the mount goes, as in the place of a rest.
  const isOpen = last?.kind === 'rest' || (last?.kind === 'literal' && last.text === '');
  const base = isOpen ? segments.slice(0, -1) : segments;
  return [...base, ...PATHS[mount]];
}

export function isSocketMount(mount: Mount | null): mount is SocketMount {
  return mount === 'raw' || mount === 'centrifugo' || mount === 'sp';
}

export function isStreamMount(mount: Mount | null): mount is StreamMount {
  return mount === 'http_stream' || mount === 'centrifugo_sse' || mount === 'sse';
}

/** Whether what is there has keys of its own, which say who may use it. */
export function hasKeys(mount: Mount): boolean {
  return mount === 'api' || isPublishMount(mount);
}

export function isPublishMount(mount: Mount | null): boolean {
  return mount === 'publish' || mount === 'publish/';
}
