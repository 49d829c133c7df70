import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import WebSocket from 'ws';
import type { Served } from '../../scripts/workerd.ts';
import { serveAt } from '../support/router.ts';

/** How often the process is killed, and how many publications it is given each time, at most. */
const KILLS = 15;
const PUBLICATIONS = 200;

/** One connection that speaks Centrifugo's protocol, one line at a time. */
class Line {
  readonly #socket: WebSocket;
  readonly #replies = new Map<number, (reply: Record<string, never>) => void>();
  readonly closed: Promise<unknown>;
  #id = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = once(socket, 'close');
    socket.on('error', () => {});
    socket.on('message', (data) => {
      for (const line of String(data).split('\n')) {
        const reply = JSON.parse(line);
        this.#replies.get(reply.id)?.(reply);
      }
    });
  }

  static async open(port: number): Promise<Line> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/live/kill/connection/websocket`);
    await once(socket, 'open');
    const line = new Line(socket);
    await line.ask({ connect: {} });
    return line;
  }

  ask(command: object): Promise<Record<string, never>> {
    const id = ++this.#id;
    this.#socket.send(JSON.stringify({ id, ...command }));
    return new Promise((resolve) => this.#replies.set(id, resolve));
  }

  close(): void {
    this.#socket.terminate();
  }
}

interface History {
  publications: { data: string; offset: number }[];
  offset: number;
  epoch: string;
}

/** What is kept on the channel, in order, page by page. */
async function historyOf(line: Line): Promise<{ data: string[]; offset: number; epoch: string }> {
  const data: string[] = [];
  for (;;) {
    const since = { offset: data.length };
    const reply = await line.ask({ history: { channel: 'durable:a', limit: 500, since } });
    const { publications, offset, epoch } = reply.history as unknown as History;
    data.push(...publications.map((publication) => publication.data));
    if (publications.length === 0) return { data, offset, epoch };
  }
}

it('loses no acknowledged publication when the process is killed, and keeps each once and in order', {
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-kill-'));
  let [acknowledged, epoch]: [string[], string | null] = [[], null];
  let served: Served | null = null;
  try {
    for (let round = 0; round < KILLS; round++) {
      served = await serveAt(0, folder, 'test');
      const line = await Line.open(served.port);
      const kept = await historyOf(line);
      epoch ??= kept.epoch;
      expectWhole(kept, acknowledged, epoch);
      const more = await publishUntilKilled(line, round, served);
      acknowledged = [...kept.data, ...more];
      line.close();
    }
  } finally {
    await served?.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

/** What was written and not acknowledged may be there too: the process was killed before it could say so. */
function expectWhole(
  { data, offset, epoch }: Awaited<ReturnType<typeof historyOf>>,
  acknowledged: string[],
  begun: string,
) {
  const known = new Set(acknowledged);
  expect(data.filter((text) => known.has(text))).toEqual(acknowledged);
  expect(new Set(data).size).toBe(data.length);
  expect(data).toEqual(data.toSorted());
  expect([offset, epoch]).toEqual([data.length, begun]);
}

/** Publishes without waiting, and kills the process at some moment of it. Resolves with what was acknowledged. */
async function publishUntilKilled(line: Line, round: number, { process }: Served): Promise<string[]> {
  const acknowledged: string[] = [];
  const killAfter = Math.floor(Math.random() * PUBLICATIONS);
  for (let i = 0; i < PUBLICATIONS; i++) {
    const data = `${String(round).padStart(3, '0')}-${String(i).padStart(4, '0')}`;
    void line.ask({ publish: { channel: 'durable:a', data } }).then(() => {
      acknowledged.push(data);
      if (acknowledged.length > killAfter) process.kill('SIGKILL');
    });
  }
  await line.closed;
  return acknowledged;
}
