import type { Role } from '../../config/sp-roles.ts';
import { type Audience, PipeSet } from './audience.ts';
import { Bus } from './bus.ts';
import { DEFAULT_SP_LIMITS, type SpLimits } from './limits.ts';
import { Pair, relayPair, relayPair1 } from './pair.ts';
import type { Clock, Pattern, Pipe } from './pipe.ts';
import { Pipeline } from './pipeline.ts';
import { PubSub } from './pub-sub.ts';
import { ReqRep } from './req-rep.ts';
import type { PatternStore } from './store.ts';
import { Survey } from './survey.ts';
import { WORD_BYTES } from './words.ts';

/** What a device is made of. */
export interface DeviceOptions {
  clock: Clock;
  /** Where requests without an answer are kept. */
  requests: PatternStore;
  /** Where it is kept what was pushed while there was no PULL. */
  pushed: PatternStore;
  limits?: SpLimits;
  /** Who hears what is said on a pattern: its own pipes and nobody else where none is given. */
  audiences?: Partial<Record<'pair' | 'pair1' | 'bus' | 'pubSub', Audience>>;
}

/** Those whose messages leave with one word more than they came with. */
const TRACED: readonly Role[] = ['req', 'surveyor'];

/**
 * The room between SP peers: a device for each pattern (RFC sp-request-reply-01 section 3). It owns the pipes, and knows
 * nothing of what they are made of.
 */
export class Device {
  readonly #patterns: Record<Role, Pattern>;
  readonly #limits: SpLimits;
  readonly #pipes = new Map<number, Pipe>();
  /** What is to be done, in turn: pipes may be closed, or answer, in the middle of a pattern's work. */
  readonly #tasks: (() => void)[] = [];
  /** The patterns whose pipes came or went, or whose time has come. */
  readonly #unsettled = new Set<Pattern>();
  #busy = false;

  constructor(options: DeviceOptions) {
    this.#limits = options.limits ?? DEFAULT_SP_LIMITS;
    this.#patterns = createPatterns({ ...options, limits: this.#limits });
  }

  get size(): number {
    return this.#pipes.size;
  }

  /** Takes a pipe in. */
  join(pipe: Pipe): void {
    this.#run(() => this.#add(pipe));
  }

  /**
   * Takes in the pipes that were there before the device slept, the oldest first: they keep the places that they had.
   * Called once, before anything else; without pipes where none is left.
   */
  restore(pipes: Iterable<Pipe>): void {
    this.#run(() => {
      for (const pipe of pipes) this.#add(pipe);
      this.#unsettleAll();
    });
  }

  /** Lets a pipe go. Nothing happens if it has gone already. */
  leave(pipe: Pipe): void {
    this.#run(() => {
      if (!this.#has(pipe)) return;
      this.#pipes.delete(pipe.id);
      this.#patterns[pipe.role].remove(pipe);
      this.#unsettled.add(this.#patterns[pipe.role]);
    });
  }

  /** Takes one whole message of a pipe. The bytes are the device's from then on. */
  receive(pipe: Pipe, message: Uint8Array): void {
    this.#run(() => {
      if (!this.#has(pipe)) return;
      if (message.length > this.#maxBytesFrom(pipe)) pipe.close('too big');
      else this.#patterns[pipe.role].receive(pipe, message);
    });
  }

  /** Does what was to be done by now: hands on what waits, and gives up what has waited too long. */
  wake(): void {
    this.#run(() => this.#unsettleAll());
  }

  /** A new id for a pipe. `random` gives any 32 bits. */
  createId(random: () => number): number {
    // Random ones are spread as widely as sp-request-reply-01 section 5.2 asks for, and so also after a sleep.
    for (;;) {
      const id = random() & 0x7fffffff;
      if (id !== 0 && !this.#pipes.has(id)) return id;
    }
  }

  #has(pipe: Pipe): boolean {
    return this.#pipes.get(pipe.id) === pipe;
  }

  #add(pipe: Pipe): void {
    this.#pipes.set(pipe.id, pipe);
    this.#patterns[pipe.role].add(pipe);
    this.#unsettled.add(this.#patterns[pipe.role]);
  }

  #unsettleAll(): void {
    for (const pattern of Object.values(this.#patterns)) this.#unsettled.add(pattern);
  }

  #maxBytesFrom({ role }: Pipe): number {
    return this.#limits.maxMessageBytes - (TRACED.includes(role) ? WORD_BYTES : 0);
  }

  #run(task: () => void): void {
    this.#tasks.push(task);
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (this.#step());
    } finally {
      this.#busy = false;
    }
  }

  /** Does one thing; false where nothing is left. */
  #step(): boolean {
    const task = this.#tasks.shift();
    if (task) {
      task();
      return true;
    }
    const [pattern] = this.#unsettled;
    if (pattern === undefined) return false;
    this.#unsettled.delete(pattern);
    pattern.settle?.();
    return true;
  }
}

function createPatterns({
  clock,
  requests,
  pushed,
  limits,
  audiences = {},
}: DeviceOptions & { limits: SpLimits }): Record<Role, Pattern> {
  const pubSub = new PubSub(audiences.pubSub ?? new PipeSet());
  const pipeline = new Pipeline(pushed, clock, limits);
  const reqRep = new ReqRep(requests, clock, limits);
  const survey = new Survey(limits);
  return {
    pair: new Pair(audiences.pair ?? new PipeSet(), relayPair),
    pair1: new Pair(audiences.pair1 ?? new PipeSet(), relayPair1(limits)),
    pub: pubSub,
    sub: pubSub,
    push: pipeline,
    pull: pipeline,
    req: reqRep,
    rep: reqRep,
    surveyor: survey,
    respondent: survey,
    bus: new Bus(audiences.bus ?? new PipeSet()),
  };
}
