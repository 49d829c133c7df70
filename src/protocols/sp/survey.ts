import { Askers } from './askers.ts';
import { PipeSet } from './audience.ts';
import type { SpLimits } from './limits.ts';
import type { Pattern, Pipe } from './pipe.ts';

/**
 * Survey (RFC sp-surveyor-01): a survey goes to all RESPONDENTs that are there, their answers back to the SURVEYOR.
 *
 * Nothing is kept: where nobody is there a survey is discarded (section 5.1). How long it runs only the SURVEYOR knows,
 * which ignores what comes later (section 6.1); what comes after it has left is dropped here.
 */
export class Survey implements Pattern {
  readonly #askers: Askers;
  readonly #respondents = new PipeSet();

  constructor(limits: SpLimits) {
    this.#askers = new Askers(limits);
  }

  add(pipe: Pipe): void {
    (pipe.role === 'surveyor' ? this.#askers : this.#respondents).add(pipe);
  }

  remove(pipe: Pipe): void {
    (pipe.role === 'surveyor' ? this.#askers : this.#respondents).delete(pipe);
  }

  receive(pipe: Pipe, message: Uint8Array): void {
    if (pipe.role === 'surveyor') this.#ask(pipe, message);
    else this.#askers.answer(message);
  }

  #ask(pipe: Pipe, message: Uint8Array): void {
    const traced = this.#askers.trace(pipe, message);
    if (traced !== null) this.#respondents.publish(traced, pipe);
  }
}
