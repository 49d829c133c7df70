import type { Audience } from './audience.ts';
import type { Pattern, Pipe } from './pipe.ts';

/**
 * Publish and subscribe: every SUB gets everything that a PUB says, and keeps what it subscribed to. No subscription is
 * ever sent, so nothing can be left out for it here (`nn_xsub_recv` of nanomsg).
 */
export class PubSub implements Pattern {
  readonly #audience: Audience;

  constructor(audience: Audience) {
    this.#audience = audience;
  }

  /** A PUB hears nothing: one byte to a PUB of nanomsg aborts its whole process (`xpub.c`), and nng's closes the pipe. */
  add(pipe: Pipe): void {
    if (pipe.role === 'sub') this.#audience.add(pipe);
  }

  remove(pipe: Pipe): void {
    if (pipe.role === 'sub') this.#audience.delete(pipe);
  }

  /** No SUB of either library can send. One that does is closed, as nng's PUB does (`pub0_pipe_recv_cb`). */
  receive(pipe: Pipe, message: Uint8Array): void {
    if (pipe.role === 'pub') this.#audience.publish(message, pipe);
    else pipe.close('malformed');
  }
}
