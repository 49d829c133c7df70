/** The clients of one room, as the load generator sees it. One of them publishes; all get what it publishes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './client.ts';
import type { Dialect } from './dialects.ts';

/** Messages that may be on their way when more are published on a timetable: a server that can't keep up is not buried. */
const MAX_WAITING = 100;

interface RoomOptions {
  port: number;
  name: string;
  dialect: Dialect;
  onLost(error: Error): void;
}

export class Room {
  readonly #options: RoomOptions;
  readonly #clients: Client[] = [];
  /** Null where the first of the clients publishes. */
  #publisher: Client | null = null;
  #delivered = 0;
  /** When each message was published, in milliseconds; a client gets them in this order. */
  readonly #publishedAt: number[] = [];
  /** Milliseconds from publishing to arrival, of each delivery since it was last made; null while nobody asks. */
  #latencies: number[] | null = null;
  #onDelivered: () => void = () => {};

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get delivered(): number {
    return this.#delivered;
  }

  /** Adds whoever publishes, where that is none of the others. */
  async connectPublisher(): Promise<void> {
    const { dialect } = this.#options;
    if (dialect.enterPublisher === undefined) return;
    this.#publisher = this.#client(() => {});
    await dialect.enterPublisher(this.#publisher);
  }

  /** Adds a client. All must be there before the first message is published. */
  async connect(): Promise<void> {
    let received = 0;
    const client = this.#client((count) => {
      this.#take(received, count);
      received += count;
    });
    this.#clients.push(client);
    await this.#options.dialect.enter(client);
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

  /** Publishes on a timetable, unless far too much of what went before has not arrived. Resolves with all latencies. */
  async pace(frame: Buffer, perSecond: number, seconds: number, phase: number): Promise<number[]> {
    const latencies: number[] = [];
    this.#latencies = latencies;
    this.#onDelivered = () => {};
    const start = performance.now();
    for (let i = 0; i < perSecond * seconds; i++) {
      await sleep(Math.max(0, start + ((i + phase) * 1000) / perSecond - performance.now()));
      if (this.#missing() < MAX_WAITING * this.#clients.length) this.#publish(frame);
    }
    await this.#drained();
    this.#latencies = null;
    return latencies;
  }

  /** Publishes so many messages at once. Resolves when all have arrived. */
  publish(frame: Buffer, count: number): Promise<void> {
    for (let i = 0; i < count; i++) this.#publish(frame);
    return this.#drained();
  }

  #client(onMessages: (count: number) => void): Client {
    const { port, name, dialect, onLost } = this.#options;
    const { unit, subprotocol } = dialect;
    return new Client({ port, path: dialect.path(name), subprotocol, unit, onMessages, onLost });
  }

  #publish(frame: Buffer): void {
    this.#publishedAt.push(performance.now());
    (this.#publisher ?? this.#clients[0])?.send(frame);
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
