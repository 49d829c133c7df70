import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Served } from '../../scripts/workerd.ts';
import { Arrivals } from '../support/arrivals.ts';
import { serveAt } from '../support/router.ts';

/** How often the process is killed. */
const KILLS = 8;

async function open({ port }: Served): Promise<Arrivals> {
  const client = new Arrivals(`ws://127.0.0.1:${port}/probe/crash`);
  for (const _ of ['hello', 'second']) await client.next();
  return client;
}

async function killed({ process }: Served, client: Arrivals): Promise<void> {
  process.kill('SIGKILL');
  while (typeof (await client.next()) === 'string');
}

it('what a plug-in wrote before it sent something is there when the process is killed then', {
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-plugin-'));
  let served: Served | null = null;
  try {
    for (let round = 0; round < KILLS; round++) {
      served = await serveAt(0, folder, 'test');
      const ada = await open(served);
      ada.send(`count ${round}`);
      expect(await ada.next()).toBe(`counted ${round + 1} rows, ${round + 1} values`);
      await killed(served, ada);
    }
  } finally {
    await served?.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

it('an alarm rings after the process was killed, and nobody is connected who was before', {
  timeout: 60_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-plugin-'));
  let served: Served | null = null;
  try {
    served = await serveAt(0, folder, 'test');
    const ada = await open(served);
    ada.send('alarm 2000');
    ada.send('a');
    expect(await ada.next()).toBe('1 a');
    await killed(served, ada);
    served = await serveAt(0, folder, 'test');
    const ben = await open(served);
    ben.send('who');
    // One empty list of tags: its own.
    expect(await ben.next()).toBe('');
    expect(await ben.next()).toBe('alarm null');
  } finally {
    await served?.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
