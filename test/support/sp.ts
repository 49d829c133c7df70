/** SP peers in plain Node: pipes that remember what was sent to them, and a room that falls asleep when a test says so. */

import type { Role } from '../../src/config/sp-roles.ts';
import { Device } from '../../src/protocols/sp/device.ts';
import { DEFAULT_SP_LIMITS, type SpLimits } from '../../src/protocols/sp/limits.ts';
import type { Clock, Fault, Pipe } from '../../src/protocols/sp/pipe.ts';
import { MemoryStore } from '../../src/protocols/sp/store.ts';

/** The bytes that a text names: hexadecimal with spaces, and `'text'` in quotes. */
export function bytes(text: string): Uint8Array {
  const parts = text.match(/'[^']*'|[0-9a-f]{2}/g) ?? [];
  return new Uint8Array(
    parts.flatMap((part) => [...Buffer.from(part.replaceAll("'", ''), part[0] === "'" ? 'latin1' : 'hex')]),
  );
}

/** Bytes as hexadecimal, with spaces. */
export function hex(message: Uint8Array): string {
  return [...message].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

/** A word as hexadecimal, with spaces. */
export function word(value: number): string {
  return hex(new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value]));
}

export class Peer implements Pipe {
  readonly id: number;
  readonly role: Role;
  readonly sent: Uint8Array[] = [];
  /** What was to be sent to it when it took nothing. */
  readonly missed: Uint8Array[] = [];
  closed: Fault | null = null;
  /** Whether it takes no more. */
  finished = false;
  /** Whether it takes nothing for now. */
  slow = false;
  /** Called at each send, before the message counts as sent. */
  onSend: (message: Uint8Array) => void = () => {};

  constructor(id: number, role: Role) {
    this.id = id;
    this.role = role;
  }

  send(message: Uint8Array): boolean {
    this.onSend(message);
    const isTaken = !this.finished && !this.slow;
    (isTaken ? this.sent : this.missed).push(message);
    return isTaken;
  }

  close(fault: Fault): void {
    this.closed = fault;
  }

  /** What was sent to it, as hexadecimal. */
  get got(): string[] {
    return this.sent.map(hex);
  }

  /** What was sent to it, as text. */
  get heard(): string[] {
    return this.sent.map((message) => Buffer.from(message).toString('latin1'));
  }
}

/** A device with peers, of which everything but pipes and stores can be lost. */
export class SpRoom implements Clock {
  readonly requests = new MemoryStore();
  readonly pushed = new MemoryStore();
  readonly limits: SpLimits;
  device: Device;
  time = 0;
  /** The times for which the device asked to be woken. */
  readonly wakeUps: number[] = [];
  #peers: Peer[] = [];
  #lastId = 0;

  constructor(limits: Partial<SpLimits> = {}) {
    this.limits = { ...DEFAULT_SP_LIMITS, ...limits };
    this.device = this.#createDevice();
    this.device.restore([]);
  }

  now(): number {
    return this.time;
  }

  wakeAt(time: number): void {
    this.wakeUps.push(time);
  }

  join(role: Role): Peer {
    this.#lastId += 1;
    const peer = new Peer(this.#lastId, role);
    this.#peers.push(peer);
    this.device.join(peer);
    return peer;
  }

  leave(peer: Peer): void {
    this.forget(peer);
    this.device.leave(peer);
  }

  /** Lets a peer go without the device hearing of it, as it is while that sleeps. */
  forget(peer: Peer): void {
    peer.finished = true;
    this.#peers = this.#peers.filter((other) => other !== peer);
  }

  /** A peer says something: bytes as `bytes` reads them. */
  say(peer: Peer, text: string): void {
    this.device.receive(peer, bytes(text));
  }

  /** Takes everything from memory, and makes it anew. */
  sleep(): void {
    this.device = this.#createDevice();
    this.device.restore(this.#peers);
  }

  #createDevice(): Device {
    return new Device({ clock: this, requests: this.requests, pushed: this.pushed, limits: this.limits });
  }
}
