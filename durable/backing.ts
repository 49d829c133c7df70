import type { ApplicationSettings } from '../src/config/config.ts';
import type { Application, Opening } from '../src/room/application.ts';
import type { Admission, Connection } from '../src/room/connection.ts';
import type { Ending } from '../src/room/ports.ts';
import { inTurn } from '../src/room/turns.ts';
import { refuse, toInternalError } from '../src/upgrade/reject.ts';
import { createApplication, type Surroundings } from './application.ts';

/** What stands behind a room, as its object deals with it: where there is nothing, nothing happens. */
export class Backing {
  readonly #surroundings: Surroundings;
  /** The settings by which it was made, in JSON. */
  #applied = 'null';

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** Puts what the route table says behind the room, if that is something else, and acquaints it with who is there. */
  apply(settings: ApplicationSettings | null, members: () => readonly Connection[]): void {
    const text = JSON.stringify(settings);
    if (text === this.#applied) return;
    this.#applied = text;
    const { hub } = this.#surroundings;
    hub.application?.end?.();
    hub.application = settings && createApplication(settings, this.#surroundings);
    for (const connection of members()) {
      if (isItsOwn(connection)) hub.application?.enter?.(connection);
      hub.application?.memberJoined?.(connection, true);
    }
  }

  /** Lets it decide about a connection to itself. */
  async open(connection: Connection, request: Request): Promise<Opening | Response> {
    const opening = this.#application?.open?.(connection, request).catch(toInternalError);
    return (await opening) ?? refuse('ERR_ROOM_UNAVAILABLE', { 'Retry-After': '1' });
  }

  async answer(request: Request, { identity }: Admission): Promise<Response> {
    const answer = this.#application?.answer?.(request, identity).catch(toInternalError);
    return (await answer) ?? refuse('ERR_UPGRADE_REQUIRED', { Upgrade: 'websocket' });
  }

  joined(connection: Connection, isNew: boolean): void {
    this.#application?.memberJoined?.(connection, isNew);
  }

  /** Tells it of somebody who has gone: of a connection of its own after all that came on that before. */
  left(connection: Connection, ending: Ending): void {
    if (isItsOwn(connection)) this.tellEnd(connection, ending);
    this.#application?.memberLeft?.(connection);
  }

  /** The same of a connection of its own that never became a member. */
  tellEnd(connection: Connection, ending: Ending): void {
    const told = inTurn(connection, async () => this.#application?.left?.(connection, ending));
    const { ctx } = this.#surroundings;
    ctx.waitUntil(Promise.resolve(told).catch((error: unknown) => console.error(error)));
  }

  get #application(): Application | null {
    return this.#surroundings.hub.application;
  }
}

function isItsOwn({ record }: Connection): boolean {
  return record.protocol === 'application';
}
