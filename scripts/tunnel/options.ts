import { validateHeaderName, validateHeaderValue } from 'node:http';
import { parseArgs } from 'node:util';
import { toHost } from '../../src/util/host.ts';

export const USAGE = `Usage: signalbox tunnel [options] URL [-- ...]

Joins standard input and output with the tunnel at URL (ws: or wss:). What follows "--" is ignored: git and svn
add what they would have connected to.

  -H, --header 'Name: value'   sends a header with the upgrade; may be given again
  -L, --listen [host:]port     listens there instead, and opens a tunnel for each connection; without host on 127.0.0.1

A token in the environment variable SIGNALBOX_TOKEN is sent as "Authorization: Bearer".`;

/** Where to listen; port 0 for any free one. IPv6 without brackets. */
export interface ListenAddress {
  host: string;
  port: number;
}

export interface TunnelOptions {
  url: string;
  /** By their names in lower case. */
  headers: Record<string, string>;
  /** Null for standard input and output. */
  listenOn: ListenAddress | null;
}

const ARGUMENTS = {
  header: { type: 'string', short: 'H', multiple: true },
  listen: { type: 'string', short: 'L' },
} as const;

/** What the arguments and the environment ask for, or what is wrong with them. */
export function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv): TunnelOptions | string {
  const read = readArguments(args);
  if (typeof read === 'string') return read;
  const [url, ...others] = read.positionals;
  if (url === undefined || others.length > 0) return 'give one URL';
  const headers = parseHeaders(read.values.header ?? []);
  if (typeof headers === 'string') return headers;
  const listenOn = read.values.listen === undefined ? null : parseListen(read.values.listen);
  if (typeof listenOn === 'string') return listenOn;
  const fault = urlFault(url) ?? tokenFault(env);
  return fault ?? { url, headers: { ...tokenHeader(env), ...headers }, listenOn };
}

function readArguments(args: readonly string[]) {
  const end = args.indexOf('--');
  const ours = end < 0 ? args : args.slice(0, end);
  try {
    return parseArgs({ args: [...ours], options: ARGUMENTS, allowPositionals: true });
  } catch (error) {
    // The first sentence; the others are advice for whoever wants a path.
    return (error as Error).message.split('. ')[0] ?? '';
  }
}

function urlFault(url: string): string | null {
  if (!URL.canParse(url)) return `${url} is not a URL`;
  const { protocol, hash } = new URL(url);
  if (!/^(ws|http)s?:$/.test(protocol)) return 'the URL must begin with ws: or wss:';
  return hash === '' ? null : 'the URL must not have a fragment ("#")';
}

function tokenFault({ SIGNALBOX_TOKEN: token = '' }: NodeJS.ProcessEnv): string | null {
  return /^[\x21-\x7e]*$/.test(token) ? null : 'the token in SIGNALBOX_TOKEN holds characters that no token has';
}

function tokenHeader({ SIGNALBOX_TOKEN: token }: NodeJS.ProcessEnv): Record<string, string> {
  return token ? { authorization: `Bearer ${token}` } : {};
}

function parseHeaders(lines: readonly string[]): Record<string, string> | string {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:]*):(.*)$/s.exec(line) ?? [];
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value.trim());
    } catch {
      // Without the value, which may be a secret.
      return `a header is written as 'Name: value', and ${JSON.stringify(name)} is not`;
    }
    headers[name.toLowerCase()] = value.trim();
  }
  return headers;
}

function parseListen(text: string): ListenAddress | string {
  const [, name = '127.0.0.1', digits = ''] = /^(?:(.+):)?(\d{1,5})$/s.exec(text) ?? [];
  const host = toHost(name);
  const port = Number(digits);
  const isBare = host?.kind === 'ipv6' && !name.startsWith('[');
  if (host === null || isBare || digits === '' || port > 65_535) return `${text} is no port to listen on`;
  return { host: host.text.replace(/^\[|\]$/g, ''), port };
}
