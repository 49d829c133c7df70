import { toSendable } from '../util/text.ts';
import type { ClientSocket, HubPort, Message } from './ports.ts';

/**
 * Sockets written to in one turn of the event loop. Measured: from 16 to 64 a delivery to a big room costs least,
 * because the runtime gets to write a run out while its sockets are still in the processor's cache.
 */
export const RUN_LENGTH = 32;

/**
 * What may wait for its sweep. Beyond it publications are written out without a turn for anybody else, so the room stops
 * reading, and who sends too much waits at the other end of the wire instead of in our memory.
 */
const MAX_BACKLOG = { frames: 1024, bytes: 8 * 1024 * 1024 };

/** Bytes of frames that are joined into one, roughly: some clients take no frame over 1 MiB. */
const MAX_JOINED = 256 * 1024;

/** Somebody who is written to. */
export interface Recipient {
  readonly socket: ClientSocket;
  /** Bytes that may wait in the socket; infinite where that is not to be looked at. */
  readonly maxBufferedBytes: number;
  /** Whether it still wants to be written to. */
  readonly open: boolean;
  /** Whether it knows nothing yet that a frame could build upon: set where it was left out, cleared where it was not. */
  fresh: boolean;
}

interface Delivery<R> {
  readonly frame: Message;
  /** What goes to the fresh instead, where frames build upon those before them; else null. */
  readonly first: Message | null;
  /** Who sent it and does not get it back. */
  readonly except: R | null;
  /** Who was there when it was published. Never changed; deliveries with the same members share one array. */
  readonly to: readonly R[];
}

/**
 * Writes frames to all members that speak one protocol, every frame in the order of its publication.
 *
 * A sweep goes through the members in short runs, with a turn of the event loop between two of them; what is published
 * meanwhile waits for the next sweep. A room of one run never waits: it is written to at once.
 */
export class Fanout<R extends Recipient> {
  readonly #port: Pick<HubPort, 'nextTurn'>;
  /** Told of somebody who could not be written to, or reads too slowly and was left out. */
  readonly #onStuck: (recipient: R, why: 'slow' | 'failed') => void;
  /** Makes one frame of several; null where each has to go by itself. */
  readonly #join: ((frames: readonly Message[]) => Message) | null;
  readonly #members = new Set<R>();
  /** The members as an array, made when it is next needed. */
  #recipients: readonly R[] | null = null;
  #queue: Delivery<R>[] = [];
  #queuedBytes = 0;
  /** The sweep that is going on: deliveries to the same members, and who of them comes next. */
  #sweep: { deliveries: readonly Delivery<R>[]; next: number } | null = null;
  #state: 'idle' | 'writing' | 'waiting for a turn' = 'idle';

  constructor(
    port: Pick<HubPort, 'nextTurn'>,
    onStuck: (recipient: R, why: 'slow' | 'failed') => void,
    join: ((frames: readonly Message[]) => Message) | null = null,
  ) {
    this.#port = port;
    this.#onStuck = onStuck;
    this.#join = join;
  }

  get size(): number {
    return this.#members.size;
  }

  add(recipient: R): void {
    this.#members.add(recipient);
    this.#recipients = null;
  }

  delete(recipient: R): boolean {
    this.#recipients = null;
    return this.#members.delete(recipient);
  }

  /** Writes `frame` to everybody but `except`; or `first`, where it is given, to who has had nothing yet to build upon. */
  publish(frame: Message, except: R | null, first: Message | null = null): void {
    this.#recipients ??= [...this.#members];
    const delivery = { frame: toSendable(frame), first: toSendable(first), except, to: this.#recipients };
    this.#queue.push(delivery);
    this.#queuedBytes += heldBy(delivery);
    if (this.#state === 'idle') this.#advance();
    else if (this.#state === 'waiting for a turn' && this.#isBacklogged()) this.#drain();
  }

  #isBacklogged(): boolean {
    return this.#queue.length > MAX_BACKLOG.frames || this.#queuedBytes > MAX_BACKLOG.bytes;
  }

  #advance(): void {
    this.#state = 'writing';
    if (!this.#writeRun()) {
      this.#state = 'idle';
      return;
    }
    this.#state = 'waiting for a turn';
    this.#port.nextTurn(() => this.#advance());
  }

  /** The turn that is due comes all the same, and finds nothing to do or what was published since. */
  #drain(): void {
    this.#state = 'writing';
    while (this.#writeRun());
    this.#state = 'waiting for a turn';
  }

  /** Writes one run of the sweep, or of a new one; false when nothing is left to do. */
  #writeRun(): boolean {
    this.#sweep ??= this.#nextSweep();
    if (this.#sweep === null) return false;
    const { deliveries, next } = this.#sweep;
    const to = deliveries[0]?.to ?? [];
    const end = Math.min(next + RUN_LENGTH, to.length);
    for (let i = next; i < end; i++) this.#write(to[i] as R, deliveries);
    this.#sweep = end < to.length ? { deliveries, next: end } : null;
    return this.#sweep !== null || this.#queue.length > 0;
  }

  /** Takes what is queued for the same members: everything, unless somebody came or went in between. */
  #nextSweep(): { deliveries: readonly Delivery<R>[]; next: number } | null {
    const to = this.#queue[0]?.to;
    if (to === undefined) return null;
    const changed = this.#queue.findIndex((delivery) => delivery.to !== to);
    const deliveries = this.#queue.splice(0, changed === -1 ? this.#queue.length : changed);
    for (const delivery of deliveries) this.#queuedBytes -= heldBy(delivery);
    return { deliveries: this.#joined(deliveries), next: 0 };
  }

  /** Fewer deliveries, where frames may share one and everybody gets all of them. */
  #joined(deliveries: readonly Delivery<R>[]): readonly Delivery<R>[] {
    const alike = deliveries.every(({ except }) => except === null);
    if (this.#join === null || deliveries.length < 2 || !alike) return deliveries;
    return batchesOf(deliveries).map((batch) =>
      joinBatch(batch, this.#join as (frames: readonly Message[]) => Message),
    );
  }

  #write(recipient: R, deliveries: readonly Delivery<R>[]): void {
    const { socket, maxBufferedBytes } = recipient;
    if (maxBufferedBytes !== Number.POSITIVE_INFINITY && (socket.bufferedAmount ?? 0) > maxBufferedBytes) {
      recipient.fresh = true;
      this.#onStuck(recipient, 'slow');
      return;
    }
    try {
      for (const delivery of deliveries) {
        if (recipient.open && recipient !== delivery.except) socket.send(frameFor(recipient, delivery));
        else if (delivery.first !== null) recipient.fresh = true;
      }
    } catch {
      // The runtime has closed the socket and its close event has not reached us yet.
      this.#onStuck(recipient, 'failed');
    }
  }
}

/** What a recipient gets of a delivery, after which it is no longer fresh. */
function frameFor<R extends Recipient>(recipient: R, { frame, first }: Delivery<R>): Message {
  if (first === null || !recipient.fresh) return frame;
  recipient.fresh = false;
  return first;
}

/** One delivery of several, which begins with what the fresh need. */
function joinBatch<R>(batch: readonly Delivery<R>[], join: (frames: readonly Message[]) => Message): Delivery<R> {
  const [head, ...rest] = batch as [Delivery<R>, ...Delivery<R>[]];
  const frames = rest.map(({ frame }) => frame);
  const first = head.first === null ? null : join([head.first, ...frames]);
  return { ...head, frame: join([head.frame, ...frames]), first };
}

/** Deliveries whose frames are small enough together, in their order. */
function batchesOf<R>(deliveries: readonly Delivery<R>[]): Delivery<R>[][] {
  const batches: Delivery<R>[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const delivery of deliveries) {
    bytes += sizeOf(delivery.frame);
    if (bytes <= MAX_JOINED) batches.at(-1)?.push(delivery);
    else {
      batches.push([delivery]);
      bytes = sizeOf(delivery.frame);
    }
  }
  return batches;
}

/** Bytes that a delivery holds in memory while it waits, roughly. */
function heldBy<R>({ frame, first }: Delivery<R>): number {
  return sizeOf(frame) + (first === null || first === frame ? 0 : sizeOf(first));
}

/** Bytes that a frame holds in memory, roughly. */
function sizeOf(frame: Message): number {
  return typeof frame === 'string' ? frame.length : frame.byteLength;
}
