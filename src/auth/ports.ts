/** What authentication asks of the world around it. */
export interface AuthPort {
  /** The value of an environment variable; undefined where it is not set. */
  secret(name: string): string | undefined;
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Thrown where a secret that the table names is not set: a mistake in the deployment, not in the request. */
export class MissingSecret extends Error {
  override readonly name = 'MissingSecret';

  constructor(variable: string) {
    super(`The environment variable ${variable}, which the route table names, is not set or empty`);
  }
}

/** @throws MissingSecret where it is not set or empty */
export function requireSecret(port: AuthPort, variable: string): string {
  const secret = port.secret(variable);
  if (!secret) throw new MissingSecret(variable);
  return secret;
}
