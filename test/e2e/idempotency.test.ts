import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Served } from '../../scripts/workerd.ts';
import { serveAt } from '../support/router.ts';
import { callServer } from '../support/server-api.ts';
import { SECRETS } from '../support/tokens-for-table.ts';

/** How often the process is killed, and how many publications it is given each time. */
const KILLS = 6;
const PUBLICATIONS = 40;

interface Reply {
  result: { offset: number; epoch: string; publications: { data: string }[] };
}

async function call({ port }: Served, method: string, params: object): Promise<Reply> {
  return (await callServer(`127.0.0.1:${port}/live/once`, method, { channel: 'durable:a', ...params })).reply;
}

const publishOnce = (served: Served, data: string) => call(served, 'publish', { data, idempotency_key: data });

/** Publishes all of it at once, and kills the process at some moment of it. Resolves with what was answered. */
async function publishUntilKilled(served: Served, texts: readonly string[]): Promise<Map<string, Reply>> {
  const answered = new Map<string, Reply>();
  const killAfter = Math.floor(Math.random() * PUBLICATIONS);
  const publish = async (text: string) => {
    answered.set(text, await publishOnce(served, text));
    if (answered.size > killAfter) served.process.kill('SIGKILL');
  };
  await Promise.allSettled(texts.map(publish));
  return answered;
}

it('publishes once what is tried again after the process was killed, and answers as it did', {
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-once-'));
  let served = await serveAt(0, folder, 'test', SECRETS);
  try {
    for (let round = 0; round < KILLS; round++) {
      const texts = Array.from({ length: PUBLICATIONS }, (_, i) => `${round}-${i}`);
      const answered = await publishUntilKilled(served, texts);
      await served.stop();
      served = await serveAt(0, folder, 'test', SECRETS);
      const again = new Map<string, Reply>();
      for (const text of texts) again.set(text, await publishOnce(served, text));
      for (const [text, reply] of answered) expect(again.get(text)).toEqual(reply);
    }
    const { result } = await call(served, 'history', { limit: -1 });
    const data = result.publications.map((publication) => publication.data);
    expect([data.length, new Set(data).size]).toEqual([KILLS * PUBLICATIONS, KILLS * PUBLICATIONS]);
  } finally {
    await served.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
