import { parseOrigin } from '../util/origin.ts';
import { decodeSegment } from '../util/text.ts';
import type { HostPattern, OriginPattern, Segment } from './config.ts';

const PARAM = /^:([A-Za-z]\w*)$/;
const LITERAL = /^[^:*?#\s]+$/;
const DOTS = /^\.\.?$/;
const LABEL = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/;

/** Takes a path pattern apart; a string says what is wrong with it. */
export function parsePath(path: string): readonly Segment[] | string {
  if (!path.startsWith('/')) return 'must start with "/"';
  const texts = path.slice(1).split('/');
  const segments: Segment[] = [];
  for (const [index, text] of texts.entries()) {
    const segment = parseSegment(text, index === texts.length - 1);
    if (typeof segment === 'string') return segment;
    segments.push(segment);
  }
  const params = paramNames(segments);
  if (new Set(params).size < params.length) return 'names a parameter twice: give each its own name';
  return segments;
}

function parseSegment(text: string, last: boolean): Segment | string {
  const name = PARAM.exec(text)?.[1];
  if (name !== undefined) return { kind: 'param', name };
  if (text === '*') return last ? { kind: 'rest' } : '"*" takes the rest of a path and can only be its last segment';
  if (text === '') return last ? { kind: 'literal', text } : 'has an empty segment: write one "/" at a time';
  if (!LITERAL.test(text)) return `has a bad segment "${text}": write text, ":name", or "*" as the last one`;
  const decoded = decodeSegment(text);
  if (decoded === null) return `has a bad segment "${text}": what follows a "%" must be the bytes of UTF-8`;
  if (DOTS.test(decoded)) return `has a segment "${text}", which no URL has left when it arrives`;
  return { kind: 'literal', text: decoded };
}

export function paramNames(segments: readonly Segment[]): string[] {
  return segments.flatMap((segment) => (segment.kind === 'param' ? [segment.name] : []));
}

/** The names that a room name's template takes from the path: `'games/:room'` takes `room`. */
export function templateParams(template: string): string[] {
  return [...template.matchAll(TEMPLATE_PARAM)].map((match) => match[1] ?? '');
}

/** A `:param` within a room name's template. */
export const TEMPLATE_PARAM = /:([A-Za-z]\w*)/g;

/** Takes a host pattern apart; a string says what is wrong with it. */
export function parseHost(host: string): HostPattern | string {
  const wildcard = host.startsWith('*.');
  const name = canonicalHost(wildcard ? host.slice(2) : host);
  if (name !== null && !(wildcard && name.startsWith('['))) return { wildcard, name };
  return 'must be a host name such as "chat.example.com" or "*.example.com", without scheme, port or path';
}

/** A host name or an address as URLs have it: lower case, IPv6 in its shortest form, without a dot at the end. */
function canonicalHost(text: string): string | null {
  const isName = /^[^\s:/\\?#@%[\]]+$/.test(text);
  if (!(isName || /^\[[0-9a-f:.]+\]$/i.test(text)) || !URL.canParse(`http://${text}`)) return null;
  const { hostname } = new URL(`http://${text}`);
  const name = hostname.toLowerCase().replace(/\.$/, '');
  return name.startsWith('[') || name.split('.').every((label) => LABEL.test(label)) ? name : null;
}

/** Takes an origin or a pattern of origins (`https://*.example.com`) apart; a string says what is wrong with it. */
export function parseOriginPattern(text: string): OriginPattern | string {
  const wildcard = text.includes('://*.');
  const origin = parseOrigin(wildcard ? text.replace('://*.', '://') : text);
  if (origin === null || origin.host.includes('*')) {
    return 'must be an origin such as "https://example.com" or "https://*.example.com", without a path';
  }
  return { ...origin, wildcard };
}
