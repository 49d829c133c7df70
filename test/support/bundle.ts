import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bundle } from '../../scripts/workerd.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folders of bundles: the router as it is deployed, and with the table of test/support/worker.ts. */
    bundles: { production: string; test: string };
  }
}

/** Bundles the router once for all end-to-end tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-'));
  const bundles = { production: join(folder, 'production'), test: join(folder, 'test') };
  await Promise.all([bundle('src/index.ts', bundles.production), bundle('test/support/worker.ts', bundles.test)]);
  project.provide('bundles', bundles);
  return () => rm(folder, { recursive: true, force: true });
}
