import type { Route } from '../../../src/config/config.ts';
import { ConfigError, type Mistake, parseConfig } from '../../../src/config/parse.ts';

/** What is wrong with a route table; empty for a good one. Any other error is the parser's own mistake. */
export function mistakesIn(table: unknown): readonly Mistake[] {
  try {
    parseConfig(table);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
}

/** A good row but for `changes`, which may be of any shape. */
export function row(changes: { [key in keyof Route]?: unknown } & Record<string, unknown> = {}): object {
  return { path: '/', target: { kind: 'room', room: 'lobby' }, ...changes };
}

export const UNKNOWN = 'is not a key that is known here: correct its spelling or remove it';
export const VARIABLE = 'must be the name of an environment variable, such as "JWT_SECRET", and never the secret';
export const HTTP_URL = 'must be an http: or https: URL without a user or password, such as "https://a.example"';
