/** SP peers of a room inside workerd. Bytes are texts as test/support/sp.ts reads and writes them. */
import { type Role, subprotocolOf } from '../../src/config/sp-roles.ts';
import type { AdmissionChanges } from '../support/admission.ts';
import { bytes, hex } from '../support/sp.ts';
import { type Client, connect } from './client.ts';

export class SpClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  say(text: string): void {
    this.#client.send(bytes(text).buffer as ArrayBuffer);
  }

  sayText(text: string): void {
    this.#client.send(text);
  }

  /** What it is told next, as hexadecimal; the close where that is next; text in quotes, which must never come. */
  async hear(): Promise<string | { code: number; reason: string }> {
    const arrival = await this.#client.next();
    if (arrival instanceof ArrayBuffer) return hex(new Uint8Array(arrival));
    return typeof arrival === 'string' ? JSON.stringify(arrival) : arrival;
  }

  leave(): void {
    this.#client.socket.close(1000);
  }
}

/** What the edge makes of an SP peer's offer. */
export function admissionOf(role: Role): AdmissionChanges {
  return { protocol: role === 'pair1' ? 'sp_pair1' : 'sp', role, subprotocol: subprotocolOf(role) };
}

export async function connectSp(
  room: string,
  role: Role,
  changes: AdmissionChanges = {},
  settings: Parameters<typeof connect>[3] = {},
): Promise<SpClient> {
  return new SpClient(await connect(room, { ...admissionOf(role), ...changes }, null, settings));
}

/** A page that asks and answers in text. */
export function connectText(room: string, changes: AdmissionChanges = {}): Promise<Client> {
  return connect(room, { protocol: 'sp_text', subprotocol: 'sp.signalbox', ...changes });
}

/** Peers that come into a room one after the other. */
export async function peersIn<const R extends readonly Role[]>(
  room: string,
  ...roles: R
): Promise<{ [K in keyof R]: SpClient }> {
  const peers: SpClient[] = [];
  for (const role of roles) peers.push(await connectSp(room, role));
  return peers as { [K in keyof R]: SpClient };
}
