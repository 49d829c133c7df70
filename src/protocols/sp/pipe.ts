import type { Role } from '../../config/sp-roles.ts';

/** Why a pipe is closed: its peer broke the protocol, or sent more than other peers would take. */
export type Fault = 'malformed' | 'too big';

/**
 * One end of a connection to an SP peer, over whatever carries whole messages. What speaks no SP (a browser that asks or
 * answers) takes part as a pipe too: its `send` is whatever telling it means.
 */
export interface Pipe {
  /** Unique among the pipes of its device, below 0x80000000, and the same after the device slept: replies carry it. */
  readonly id: number;
  /** What the peer is. */
  readonly role: Role;
  /**
   * Hands over one message, its header included; the bytes may be shared with other pipes, so nobody writes on them.
   * Never waits, never throws. False where it is not sent: the peer reads too slowly, or the pipe is finished and
   * `Device.leave` is called for it, now or later.
   */
  send(message: Uint8Array): boolean;
  /** Ends the connection. `Device.leave` is called for it, now or later. */
  close(fault: Fault): void;
}

/** One scalability protocol as a device speaks it: to the peers on both sides of it. */
export interface Pattern {
  /** Takes a pipe in whose role is one of the pattern's. */
  add(pipe: Pipe): void;
  /** Lets a pipe go. Nothing happens where it is not there. */
  remove(pipe: Pipe): void;
  /** Takes a message of one of its pipes. The bytes are not written on afterwards. */
  receive(pipe: Pipe, message: Uint8Array): void;
  /**
   * Hands on what waits for somebody, gives up what has waited too long, and asks to be woken for the rest. Called after
   * pipes came or went, and when the time has come: never while another call is going on.
   */
  settle?(): void;
}

/** What patterns ask of the world around them. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Asks for `Device.wake` at that time (milliseconds since 1970) or soon after, even if the device sleeps by then. */
  wakeAt(time: number): void;
}
