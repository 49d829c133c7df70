import { DISCONNECTS } from '../../config/disconnects.ts';
import type { Role } from '../../config/sp-roles.ts';
import type { Connection, PipeRecord } from '../../room/connection.ts';
import type { Hub } from '../../room/hub.ts';
import type { Message } from '../../room/ports.ts';
import type { Fault, Pipe } from './pipe.ts';

const CLOSES = { 'too big': DISCONNECTS.messageTooBig, malformed: DISCONNECTS.badRequest } as const;

/** What a message becomes on its way to a member. */
export type Write = (message: Uint8Array) => Message | Uint8Array;

/** A place that a member of the room has among its SP peers. */
export class MemberPipe implements Pipe {
  readonly id: number;
  readonly role: Role;
  /** What is kept of it. */
  readonly record: PipeRecord;
  readonly connection: Connection;
  readonly #hub: Hub;
  readonly #write: Write;

  constructor(hub: Hub, connection: Connection, record: PipeRecord, write: Write) {
    this.id = record.id;
    this.role = record.role;
    this.record = record;
    this.connection = connection;
    this.#hub = hub;
    this.#write = write;
  }

  send(message: Uint8Array): boolean {
    return this.#hub.send(this.connection, this.#write(message));
  }

  close(fault: Fault): void {
    this.#hub.disconnect(this.connection, CLOSES[fault]);
  }
}
