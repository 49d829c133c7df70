import type { Answer } from './response.ts';
import type { Problem } from './session.ts';

/** Why there is no answer of an application server. */
export type Silence = Extract<Problem, 'unreachable' | 'lost' | 'timeout'>;

/** A request to an application server. */
export interface Question {
  url: string;
  headers: Headers;
  body: Uint8Array<ArrayBuffer>;
}

/** How an answer is awaited. */
export interface Patience {
  timeoutMs: number;
  /** Bytes of the body after which nothing more is read. */
  maxBytes: number;
}

/** What sessions ask of the world around them. */
export interface GripPort {
  /** Milliseconds since 1970. */
  now(): number;
  /** From 0 up to 1. */
  random(): number;
  /**
   * Posts a request. `unreachable` is only what certainly did not reach the application server: nobody is there, or it did
   * not get all of the body.
   */
  ask(question: Question, patience: Patience): Promise<Answer | Silence>;
  /** The value of an environment variable; throws where it is not set. */
  secret(name: string): string;
  sleep(ms: number): Promise<void>;
  /** Asks for `Application.wake` at that time (milliseconds since 1970) or soon after, even if the room sleeps by then. */
  wakeAt(time: number): void;
  /** Keeps the room awake until this is done. */
  waitUntil(work: Promise<void>): void;
  /** Writes something for the operator to the log. */
  log(what: string, error?: unknown): void;
}
