/** A client of a room inside workerd: opens like the edge does, and hands over what arrives in order. */

import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { Env } from '../../src/app.ts';
import { DEFAULT_NAMESPACES } from '../../src/config/channels.ts';
import type { RoomSettings } from '../../src/config/config.ts';
import { type Entry, openRoom, settingsText } from '../../src/platform/stub.ts';
import { type AdmissionChanges, createAdmission } from '../support/admission.ts';

type Arrival = string | ArrayBuffer | { code: number; reason: string };

export class Client {
  readonly socket: WebSocket;
  readonly #arrived: Arrival[] = [];
  readonly #waiting: ((arrival: Arrival) => void)[] = [];

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.accept();
    socket.addEventListener('message', ({ data }) => this.#arrive(data as string | ArrayBuffer));
    socket.addEventListener('close', ({ code, reason }) => this.#arrive({ code, reason }));
  }

  send(message: string | ArrayBuffer): void {
    this.socket.send(message);
  }

  /** What arrives next: a message, or the close. */
  next(): Promise<Arrival> {
    const arrival = this.#arrived.shift();
    return arrival === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(arrival);
  }

  #arrive(arrival: Arrival): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(arrival);
    else this.#arrived.push(arrival);
  }
}

export const { ROOM } = env as unknown as Env;

/** Asks a room for a connection, with the defaults of a route where nothing else is said. */
export function ask(
  room: string,
  changes: AdmissionChanges = {},
  once: Entry['once'] = null,
  settings: Partial<RoomSettings> = {},
  asked: Request | null = null,
) {
  const text = settingsText({ namespaces: DEFAULT_NAMESPACES, tokens: null, application: null, ...settings });
  return openRoom(ROOM, room, { admission: createAdmission(changes), once }, text, asked);
}

export async function connect(...asked: Parameters<typeof ask>): Promise<Client> {
  const { status, webSocket } = await ask(...asked);
  if (!webSocket) throw new Error(`The room answered ${status}`);
  return new Client(webSocket);
}

/** Makes a room fall asleep as it would after ten quiet seconds: its memory is gone, its sockets stay open. */
export async function evict(room: string): Promise<void> {
  await evictDurableObject(ROOM.getByName(room));
}
