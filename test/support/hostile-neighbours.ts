/** Members of the room that is attacked, who were there before and want to go on talking. */
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import WebSocket from 'ws';
import { type Router, startRouter } from './router.ts';

export let router: Router;
export let neighbours: Neighbours;

/**
 * Runs a router with neighbours in a room while a file's tests run. After each of them they can talk, and have heard no
 * stranger. The text bindings are asked for once what was set up before is there.
 */
export function setUpNeighbours(path: string, vars: () => Record<string, string> = () => ({})): void {
  beforeAll(async () => {
    router = await startRouter('test', vars());
    neighbours = await Neighbours.moveIn(router, path);
  });
  afterEach(async () => {
    expect(await neighbours.talk()).toEqual([]);
  });
  afterAll(async () => {
    neighbours?.leave();
    await router?.stop();
  });
}

/** What the neighbours' own messages begin with, so that they are told from a stranger's. */
const MARK = 'neighbour ';

export class Neighbours {
  readonly #ada: WebSocket;
  readonly #ben: WebSocket;
  #heard: string[] = [];
  #rounds = 0;
  #wake: () => void = () => {};

  private constructor(ada: WebSocket, ben: WebSocket) {
    this.#ada = ada;
    this.#ben = ben;
    ben.on('message', (data) => {
      this.#heard.push(data.toString());
      this.#wake();
    });
    for (const socket of [ada, ben]) socket.on('close', () => this.#wake());
  }

  static async moveIn(router: Router, path: string): Promise<Neighbours> {
    const [ada, ben] = [1, 2].map(() => new WebSocket(`ws://${router.host}${path}`)) as [WebSocket, WebSocket];
    await Promise.all([once(ada, 'open'), once(ben, 'open')]);
    return new Neighbours(ada, ben);
  }

  /** One of them says three things and the other gets them, all and in order. What strangers said meanwhile is returned. */
  async talk(): Promise<string[]> {
    const round = this.#rounds++;
    const said = Array.from({ length: 3 }, (_, index) => `${MARK}${round}/${index}`);
    for (const message of said) this.#ada.send(message);
    while (this.#areHere() && !this.#heard.includes(said.at(-1) ?? '')) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const heard = this.#heard;
    this.#heard = [];
    expect(heard.filter((message) => message.startsWith(MARK))).toEqual(said);
    return heard.filter((message) => !message.startsWith(MARK));
  }

  #areHere(): boolean {
    return [this.#ada, this.#ben].every(({ readyState }) => readyState === WebSocket.OPEN);
  }

  leave(): void {
    this.#ada.terminate();
    this.#ben.terminate();
  }
}
