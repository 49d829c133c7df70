import type { Audience } from './audience.ts';
import type { Pattern, Pipe } from './pipe.ts';

/**
 * Bus: what one says, all others get, and it does not. The members don't pass on what they get, so the device between
 * them does: to all pipes but the one it came from (`nn_xbus_send` of nanomsg, `bus0_sock_send` of nng when raw).
 */
export class Bus implements Pattern {
  readonly #audience: Audience;

  constructor(audience: Audience) {
    this.#audience = audience;
  }

  add(pipe: Pipe): void {
    this.#audience.add(pipe);
  }

  remove(pipe: Pipe): void {
    this.#audience.delete(pipe);
  }

  receive(pipe: Pipe, message: Uint8Array): void {
    this.#audience.publish(message, pipe);
  }
}
