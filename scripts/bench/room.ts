/** The clients of one room, as the load generator sees it. The first of them publishes; all get what it publishes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './client.ts';

interface RoomOptions {
  port: number;
  name: string;
  onLost(error: Error): void;
}

export class Room {
  readonly #options: RoomOptions;
  readonly #clients: Client[] = [];
  #delivered = 0;
  /** When each message was published, in milliseconds; a client gets them in this order. */
  readonly #publishedAt: number[] = [];
  /** Milliseconds from publishing to arrival, of each delivery since it was last made; null while nobody asks. */
  #latencies: number[] | null = null;
  #onDelivered: () => void = () => {};

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  get delivered(): number {
    return this.#delivered;
  }

  /** Adds a client. All must be there before the first message is published. */
  async connect(): Promise<void> {
    let received = 0;
    const onMessages = (count: number) => {
      this.#take(received, count);
      received += count;
    };
    const { port, name, onLost } = this.#options;
    const client = new Client({ port, path: `/rooms/${name}`, onMessages, onLost });
    this.#clients.push(client);
    await client.opened;
  }

  /** Publishes until a time, with so many messages in flight: one is in flight until the last client has it. */
  flood(frame: Buffer, inFlight: number, until: number): Promise<void> {
    return new Promise((resolve) => {
      this.#onDelivered = () => {
        if (performance.now() >= until) {
          if (this.#missing() === 0) resolve();
          return;
        }
        while (this.#missing() <= (inFlight - 1) * this.#clients.length) this.#publish(frame);
      };
      this.#onDelivered();
    });
  }

  /** Publishes on a timetable, whatever has arrived of what went before. Resolves with all latencies. */
  async pace(frame: Buffer, perSecond: number, seconds: number, phase: number): Promise<number[]> {
    const latencies: number[] = [];
    this.#latencies = latencies;
    this.#onDelivered = () => {};
    const start = performance.now();
    for (let i = 0; i < perSecond * seconds; i++) {
      await sleep(Math.max(0, start + ((i + phase) * 1000) / perSecond - performance.now()));
      this.#publish(frame);
    }
    await this.#drained();
    this.#latencies = null;
    return latencies;
  }

  #publish(frame: Buffer): void {
    this.#publishedAt.push(performance.now());
    this.#clients[0]?.send(frame);
  }

  #missing(): number {
    return this.#publishedAt.length * this.#clients.length - this.#delivered;
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#onDelivered = () => {
        if (this.#missing() === 0) resolve();
      };
      this.#onDelivered();
    });
  }

  /** A client that had `received` messages got `count` more. */
  #take(received: number, count: number): void {
    this.#delivered += count;
    if (this.#latencies !== null) {
      const now = performance.now();
      for (let i = received; i < received + count; i++) this.#latencies.push(now - (this.#publishedAt[i] ?? 0));
    }
    this.#onDelivered();
  }
}
