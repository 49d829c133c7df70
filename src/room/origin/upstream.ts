import { DISCONNECTS, type Disconnect } from '../../config/disconnects.ts';
import type { ResolvedRoomOrigin } from '../../config/room-origin.ts';
import type { ClientSocket, Message } from '../ports.ts';
import { retryDelay } from './backoff.ts';
import { Heartbeat } from './heartbeat.ts';
import type { OriginListener, OriginPort, OriginState } from './ports.ts';
import { OriginQueue } from './queue.ts';

type Options = Pick<ResolvedRoomOrigin, 'minRetryMs' | 'maxRetryMs' | 'maxQueuedBytes' | 'idleMs' | 'ping' | 'pong'>;

/** How often an origin has failed in a row, and when it is to be dialled again (milliseconds since 1970). */
interface Retry {
  failures: number;
  at: number;
}

const RETRY = 'retry';

/** How long a connection has to last, in milliseconds, before an origin is taken for one that does not fail. */
export const STEADY_MS = 10_000;

/**
 * How often the room is woken while it has an origin, in milliseconds. An object may be put out of memory in spite of its
 * outgoing connection (after 15 minutes: https://developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle/),
 * and then nobody would dial again.
 */
export const WATCH_MS = 60_000;

interface Up {
  kind: 'up';
  socket: ClientSocket;
  cut: () => void;
  since: number;
  heartbeat: Heartbeat;
}

type State = { kind: 'idle' } | { kind: 'dialling' } | { kind: 'waiting' } | Up;

/**
 * The one connection of a room to its origin: there while it is wanted, dialled again when it ends or falls silent. What is
 * sent while it is not there waits, is sent in its order, and never twice.
 */
export class Upstream {
  readonly #port: OriginPort;
  readonly #options: Options;
  readonly #listener: OriginListener;
  readonly #queue: OriginQueue;
  #state: State = { kind: 'idle' };
  #isWanted = false;
  #told: OriginState | null;
  /** Raised when a dialled connection is done with, so that nothing is heard of it any more. */
  #generation = 0;

  constructor(port: OriginPort, options: Options, listener: OriginListener) {
    this.#port = port;
    this.#options = options;
    this.#listener = listener;
    this.#queue = new OriginQueue(port.kept, options.maxQueuedBytes);
    this.#told = this.#retry === null ? null : 'down';
  }

  /** What was told last; null where nothing was that still holds. */
  get told(): OriginState | null {
    return this.#told;
  }

  /** Somebody is there who wants it. */
  want(): void {
    this.#isWanted = true;
    if (this.#state.kind === 'idle') this.#resume();
  }

  /** Nobody wants it any more. What still waits for it gets one more chance. */
  release(): void {
    this.#isWanted = false;
    if (this.#state.kind === 'idle') this.#resumeForQueue();
    else if (this.#state.kind !== 'dialling' && this.#queue.isEmpty) this.#hangUp();
  }

  /** It is given up, and all that waits for it. */
  end(): void {
    this.#isWanted = false;
    this.#queue.takeAll();
    this.#port.kept.delete(RETRY);
    this.#hangUp();
  }

  /** Sends a message, now or when the origin is there; false where too much waits already. */
  send(message: Message): boolean {
    // Where something waits though the origin is there, the connection has broken, and we are not told yet.
    if (this.#state.kind !== 'up' || !this.#queue.isEmpty) return this.#queue.add(message);
    const { socket } = this.#state;
    if ((socket.bufferedAmount ?? 0) > this.#options.maxQueuedBytes) return false;
    return sent(socket, message) || this.#queue.add(message);
  }

  /** Does what is due by now, and asks for the next time. */
  wake(): void {
    if (this.#state.kind === 'idle') this.#resumeForQueue();
    else if (this.#state.kind === 'waiting') this.#resume();
    else if (this.#state.kind === 'up') this.#look(this.#state);
    else this.#watch();
    if (this.#isSteady && this.#retry !== null) this.#port.kept.delete(RETRY);
  }

  get #retry(): Retry | null {
    return this.#port.kept.get<Retry>(RETRY) ?? null;
  }

  get #isSteady(): boolean {
    return this.#state.kind === 'up' && this.#port.now() - this.#state.since >= STEADY_MS;
  }

  /** Dials, or waits until that may be. */
  #resume(): void {
    const until = this.#retry?.at ?? 0;
    if (until > this.#port.now()) {
      this.#state = { kind: 'waiting' };
      this.#port.wakeAt(until);
    } else this.#dial();
  }

  /** The room may have slept since something began to wait, and be woken by nobody who wants the origin. */
  #resumeForQueue(): void {
    if (!this.#queue.isEmpty) this.#resume();
  }

  /** Asks whether the origin is there, or gives it up. */
  #look({ socket, cut, heartbeat }: Up): void {
    const now = this.#port.now();
    if (heartbeat.isOver(now)) {
      this.#ended(DISCONNECTS.idle);
      cut();
    } else {
      const ping = heartbeat.takePing(now);
      if (ping !== null) sent(socket, ping);
      this.#watch();
    }
  }

  #watch(): void {
    const watchAt = this.#port.now() + WATCH_MS;
    this.#port.wakeAt(this.#state.kind === 'up' ? Math.min(watchAt, this.#state.heartbeat.nextAt) : watchAt);
  }

  #dial(): void {
    this.#state = { kind: 'dialling' };
    this.#watch();
    const generation = this.#generation;
    const isCurrent = () => generation === this.#generation;
    this.#port.dial({
      opened: (socket, cut) => {
        if (isCurrent()) this.#opened(socket, cut);
        else close(socket, DISCONNECTS.ended);
      },
      message: (message) => {
        if (isCurrent()) this.#heard(message);
      },
      ended: () => {
        if (isCurrent()) this.#ended();
      },
    });
  }

  #opened(socket: ClientSocket, cut: () => void): void {
    const now = this.#port.now();
    this.#state = { kind: 'up', socket, cut, since: now, heartbeat: new Heartbeat(this.#options, now) };
    this.#watch();
    for (const message of this.#queue.takeAll()) this.send(message);
    if (this.#retry !== null) this.#port.wakeAt(now + STEADY_MS);
    if (this.#isWanted) this.#tell('up');
    else if (this.#queue.isEmpty) this.#hangUp();
  }

  #heard(message: Message): void {
    if (this.#state.kind === 'up') this.#state.heartbeat.heard(this.#port.now());
    if (message !== this.#options.pong) this.#listener.message(message);
  }

  #ended(disconnect: Disconnect = DISCONNECTS.ended): void {
    const failures = (this.#isSteady ? 0 : (this.#retry?.failures ?? 0)) + 1;
    const at = this.#port.now() + retryDelay(failures, this.#options, () => this.#port.random());
    this.#port.kept.put<Retry>(RETRY, { failures, at });
    const wasChance = this.#state.kind === 'dialling';
    this.#hangUp(disconnect);
    if (this.#isWanted) this.#resume();
    else if (wasChance) this.#queue.takeAll();
    else this.#resumeForQueue();
    if (this.#told !== 'down') this.#tell('down');
  }

  #tell(state: OriginState): void {
    this.#told = state;
    this.#listener.state(state);
  }

  #hangUp(disconnect: Disconnect = DISCONNECTS.ended): void {
    this.#generation += 1;
    if (this.#state.kind === 'up') {
      close(this.#state.socket, disconnect);
      this.#told = null;
    }
    this.#state = { kind: 'idle' };
  }
}

/** Whether a socket took a message: it takes none once it has broken, of which we may be told a moment later. */
function sent(socket: ClientSocket, message: Message): boolean {
  try {
    socket.send(message);
    return true;
  } catch {
    return false;
  }
}

function close(socket: ClientSocket, { code, reason }: Disconnect): void {
  try {
    socket.close(code, reason);
  } catch {
    // It is over already.
  }
}
