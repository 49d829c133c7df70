/** A web origin, taken apart. `host` is lower case; `port` is the explicit one or the scheme's own, '' if it has none. */
export interface ParsedOrigin {
  scheme: string;
  host: string;
  port: string;
}

/** `scheme://authority` and nothing else: no user, path, query, fragment or white space (RFC 6454 section 6.2). */
const SERIALIZED_ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/(?!\.)[^\s/\\?#@,%]*[^\s/\\?#@,%:]$/i;

const DEFAULT_PORTS: Record<string, string> = { http: '80', https: '443', ws: '80', wss: '443' };

/**
 * Takes a serialized origin apart.
 *
 * What is no origin gives `null`: the opaque origin `null`, a path or a trailing slash, user information, escapes, empty
 * labels, several origins in one header.
 */
export function parseOrigin(text: string): ParsedOrigin | null {
  if (!SERIALIZED_ORIGIN.test(text) || text.includes('..') || !URL.canParse(text)) return null;
  const url = new URL(text);
  const scheme = url.protocol.slice(0, -1);
  return { scheme, host: url.hostname.toLowerCase(), port: url.port || (DEFAULT_PORTS[scheme] ?? '') };
}
