import type { AuthPort } from '../auth/ports.ts';

/** What authentication asks of the world around it, given by the runtime: secrets are text bindings. */
export function authPort(env: Readonly<Record<string, unknown>>): AuthPort {
  return { secret: (name) => secretOf(env, name), fetch: (url, init) => fetch(url, init), now: () => Date.now() };
}

function secretOf(env: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = env[name];
  return typeof value === 'string' ? value : undefined;
}
