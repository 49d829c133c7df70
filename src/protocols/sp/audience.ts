import type { Pipe } from './pipe.ts';

/** Those who get everything that is said. A room's channel can be one: then others hear, and are heard, as well. */
export interface Audience {
  add(pipe: Pipe): void;
  delete(pipe: Pipe): void;
  /** Sends a message to everybody but the pipe that it came from. */
  publish(message: Uint8Array, from: Pipe): void;
}

/** An audience of pipes and nobody else. */
export class PipeSet implements Audience {
  readonly #pipes = new Set<Pipe>();

  add(pipe: Pipe): void {
    this.#pipes.add(pipe);
  }

  delete(pipe: Pipe): void {
    this.#pipes.delete(pipe);
  }

  publish(message: Uint8Array, from: Pipe): void {
    // One that is finished leaves by itself; nobody waits for it (sp-surveyor-01 section 3, xpub.c, xbus.c: best effort).
    for (const pipe of this.#pipes) if (pipe !== from) pipe.send(message);
  }
}
