/** Targets that lead out, good ones but for what a test changes, and what is said of them. */
import type { ProxyTarget, TunnelTarget } from '../../../src/config/bridge.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import { mistakesIn, row } from './mistakes.ts';

export type Changes<T> = { [key in keyof T]?: unknown } & Record<string, unknown>;

export const proxy = (changes: Changes<ProxyTarget> = {}) => ({
  kind: 'proxy',
  pool: ['https://a.example'],
  ...changes,
});
export const tunnel = (changes: Changes<TunnelTarget> = {}) => ({
  kind: 'tunnel',
  pool: [{ host: 'a', port: 1 }],
  ...changes,
});
export const chosen = (changes: Record<string, unknown> = {}) =>
  tunnel({ pool: undefined, to: { secret: 'DIAL_SECRET', allow: ['*:22'], ...changes } });

/** The mistakes in a target: where, below it, and what. */
export function mistakesOf(target: object, path = '/live/*'): [string, string][] {
  const mistakes = mistakesIn({ routes: [row({ path, target })] });
  return mistakes.map(({ path, message }) => [path.replace(/^routes\[0\]\.target\.?/, ''), message]);
}

export function resolved(target: object, path = '/live/*') {
  return parseConfig({ routes: [row({ path, target })] }).routes[0]?.target;
}

export const TAKEN = 'is a header of the connection, or one that the router writes: choose another';
export const between = (min: number, max: number) => `must be a whole number from ${min} to ${max}`;
