/** The SP sockets that the two libraries bring as programs: nanomsg's nanocat and nng's nngcat. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export const SP_PROGRAMS = ['nanocat', 'nngcat'] as const;
export type SpProgram = (typeof SP_PROGRAMS)[number];

/** Each program beside each. */
export const PAIRINGS = SP_PROGRAMS.flatMap((one) => SP_PROGRAMS.map((other) => [one, other] as const));

/** nngcat's plain --pair is version 1 of it, which nanocat does not have. */
function roleOption(program: SpProgram, role: string): string {
  return program === 'nngcat' && role === 'pair' ? '--pair0' : `--${role}`;
}

/** Those that hear nothing. Neither program takes an option for how to print what comes to them. */
const SILENT = ['pub', 'push'];

/** A socket in a role, which prints what comes, in quotes: without them nngcat does not end its lines. */
export class SpSocket {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #complaint = '';

  constructor(program: SpProgram, role: string, url: string, ...args: string[]) {
    const dial = program === 'nanocat' ? '--connect' : '--dial';
    const all = [roleOption(program, role), dial, url, ...(SILENT.includes(role) ? [] : ['-Q']), ...args];
    const child = spawn(program, all, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stderr.on('data', (chunk: Buffer) => {
      this.#complaint += chunk;
    });
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.#child = child;
  }

  /** The next message that came. @throws Error where the program ended before */
  async hear(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.#child.spawnargs.join(' ')} ended. ${this.#complaint}`);
    return value.slice(1, -1);
  }

  /** Lets messages come until it is this one. */
  async until(message: string): Promise<void> {
    while ((await this.hear()) !== message);
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async stop(): Promise<void> {
    if (!this.running) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
