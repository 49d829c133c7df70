import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type {} from './grip-secret.ts';

/** Starts an application server of GRIP for a whole run. Not in this process, whose modules are those for workerd. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const child = fork(join(import.meta.dirname, 'grip-process.ts'));
  const [places] = (await once(child, 'message')) as [{ app: string; control: string }];
  project.provide('grip', places);
  return async () => {
    const gone = once(child, 'exit');
    child.kill();
    await gone;
  };
}
