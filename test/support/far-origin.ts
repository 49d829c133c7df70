import type { TestProject } from 'vitest/node';
import { SocketOrigin } from './socket-origin.ts';

/** An origin on loopback that echoes, for tests inside workerd. `DELETE` of a path shuts it, `PUT` opens it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const origin = await SocketOrigin.open();
  const shut = new Set<string>();
  origin.admit = ({ url = '' }) => (shut.has(url) ? 503 : null);
  origin.onRequest = ({ method, url = '' }, response) => {
    if (method === 'DELETE') shut.add(url);
    else shut.delete(url);
    response.end();
  };
  project.provide('farOrigin', origin.port);
  return () => origin.kill();
}
