import type { ClientSocket, HubPort, Message } from '../ports.ts';
import type { KeyValues } from './queue.ts';

/** What a dialled origin does. */
export interface OriginEvents {
  /** It switched over. Comes once, before all messages. `cut` ends a closed connection also where it does not answer. */
  opened(socket: ClientSocket, cut: () => void): void;
  message(message: Message): void;
  /** It refused, could not be reached, or the connection is over. May come more than once. */
  ended(): void;
}

/** What a room with an origin asks of the world around it. */
export interface OriginPort extends Pick<HubPort, 'now' | 'wakeAt'> {
  random(): number;
  /** Dials the origin, within its time. Nothing is told before this has returned. */
  dial(events: OriginEvents): void;
  readonly kept: KeyValues;
}

/** Whether the origin is there. */
export type OriginState = 'up' | 'down';

/** Who is told what becomes of the connection. */
export interface OriginListener {
  message(message: Message): void;
  /** Told `up` each time that a connection was made, and `down` once when there is none. */
  state(state: OriginState): void;
}
