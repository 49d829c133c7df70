import type { Audience } from './audience.ts';
import type { SpLimits } from './limits.ts';
import type { Fault, Pattern, Pipe } from './pipe.ts';
import { dropWord, firstWord, pushWord } from './words.ts';

/** The sides of a device, each of which takes one peer. */
const SEATS = 2;

/** A message as a device passes it on; null where it drops it, and the fault where it costs the connection. */
export type Relay = (message: Uint8Array) => Uint8Array | Fault | null;

/** Version 0 has no header. */
export const relayPair: Relay = (message) => message;

/** The hops of version 1 fit in a byte, or the peer is broken. */
const MAX_HOPS = 0xff;

/** Version 1 counts its hops in the first word, from 1 on (`pair1_pipe_recv_cb` and `pair1_pipe_send` of nng). */
export function relayPair1({ ttl }: SpLimits): Relay {
  return (message) => {
    const hops = firstWord(message);
    if (hops === null || hops > MAX_HOPS) return 'malformed';
    return hops > ttl ? null : pushWord(hops + 1, dropWord(message));
  };
}

/**
 * Pair: two who talk to each other. One more is turned away by both libraries, and its socket comes back until there is
 * a place (`nn_excl_add` of nanomsg ends the TCP connection, `pair1_pipe_start` of nng sends a Close). A socket of nanomsg
 * never comes back from a Close, so here it waits instead, unheard and hearing nothing, and takes the next free place.
 */
export class Pair implements Pattern {
  readonly #audience: Audience;
  readonly #relay: Relay;
  readonly #seated = new Set<Pipe>();
  readonly #waiting = new Set<Pipe>();

  constructor(audience: Audience, relay: Relay) {
    this.#audience = audience;
    this.#relay = relay;
  }

  add(pipe: Pipe): void {
    if (this.#seated.size < SEATS) this.#seat(pipe);
    else this.#waiting.add(pipe);
  }

  remove(pipe: Pipe): void {
    this.#waiting.delete(pipe);
    if (!this.#seated.delete(pipe)) return;
    this.#audience.delete(pipe);
    const [next] = this.#waiting;
    if (next) this.#seat(next);
  }

  receive(pipe: Pipe, message: Uint8Array): void {
    if (!this.#seated.has(pipe)) return;
    const relayed = this.#relay(message);
    if (typeof relayed === 'string') pipe.close(relayed);
    else if (relayed !== null) this.#audience.publish(relayed, pipe);
  }

  #seat(pipe: Pipe): void {
    this.#waiting.delete(pipe);
    this.#seated.add(pipe);
    this.#audience.add(pipe);
  }
}
