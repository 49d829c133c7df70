/** The harness's end of the load generator. */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOAD_CORE } from './contender.ts';
import type { Answer, Command, Outcome } from './load.ts';
import { kill, pin, receive, watch } from './processes.ts';

/** How long a command may take beyond the time that it is to run for. */
const GRACE_MS = 30_000;

export class Loader {
  readonly #child: ChildProcess;
  /** Aborts when the load generator or the server ends. */
  readonly #ended: AbortSignal;

  constructor(serverEnded: AbortSignal) {
    this.#child = fork(join(import.meta.dirname, 'load.ts'));
    this.#ended = AbortSignal.any([serverEnded, watch(this.#child, 'The load generator')]);
    pin(this.#child, LOAD_CORE);
  }

  /** @throws Error where the server or a connection is lost, or the command does not end in time */
  async run(command: Command): Promise<Outcome> {
    const answer = await this.#ask(command);
    if ('outcome' in answer) return answer.outcome;
    // A server that dies loses its connections a little before its end is known, and that is the better answer.
    await sleep(100);
    this.#ended.throwIfAborted();
    throw new Error(answer.error);
  }

  stop(): Promise<void> {
    return kill(this.#child);
  }

  async #ask(command: Command): Promise<Answer> {
    this.#ended.throwIfAborted();
    const limit = AbortSignal.timeout(GRACE_MS + ('seconds' in command ? command.seconds * 1000 : 0));
    this.#child.send(command);
    try {
      return await receive(this.#child, AbortSignal.any([this.#ended, limit]));
    } catch (error) {
      throw limit.aborted ? new Error(`The server did not come to an end with ${JSON.stringify(command)}`) : error;
    }
  }
}
