import { toHost } from '../util/host.ts';
import type { DialPattern } from './bridge.ts';

const PORTS = /^(\d{1,5})(?:-(\d{1,5}))?$/;

/** Takes `host:port`, `*.example.com:443`, `host:8000-8010` or `*:22` apart; a string says what is wrong with it. */
export function parseDialPattern(text: string): DialPattern | string {
  const colon = text.lastIndexOf(':');
  const ports = parsePorts(text.slice(colon + 1));
  const host = parseHosts(text.slice(0, Math.max(0, colon)));
  if (host === undefined || ports === null) {
    return 'must be a host and ports, such as "db.example.com:5432", "*.example.com:443", "[2001:db8::1]:8000-8010" or "*:22"';
  }
  return { host, ports };
}

function parsePorts(text: string): DialPattern['ports'] | null {
  const [, first, last = first] = PORTS.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  return from >= 1 && from <= to && to <= 65_535 ? [from, to] : null;
}

function parseHosts(text: string): DialPattern['host'] | undefined {
  if (text === '*') return null;
  const wildcard = text.startsWith('*.');
  const host = toHost(wildcard ? text.slice(2) : text);
  if (host === null || (wildcard && host.kind !== 'name')) return undefined;
  return host.kind === 'ipv6' && !text.startsWith('[') ? undefined : { wildcard, name: host.text };
}
