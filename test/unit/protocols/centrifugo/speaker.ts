import { DEFAULT_CHANNEL_OPTIONS, type Namespaces } from '../../../../src/config/channels.ts';
import { centrifugo } from '../../../../src/protocols/centrifugo/centrifugo.ts';
import { callServerApi } from '../../../../src/protocols/centrifugo/server-api.ts';
import { ENCODERS } from '../../../../src/protocols/protocol.ts';
import { Hub } from '../../../../src/room/hub.ts';
import type { Message } from '../../../../src/room/ports.ts';
import { inTurn } from '../../../../src/room/turns.ts';
import type { AdmissionChanges } from '../../../support/admission.ts';
import { createMember, createStores, type FakeSocket, ManualPort } from '../../../support/members.ts';

export type Line = Record<string, unknown>;

/** A namespace for each way in which channels can behave. */
export const NAMESPACES: Namespaces = {
  '': DEFAULT_CHANNEL_OPTIONS,
  kept: { ...DEFAULT_CHANNEL_OPTIONS, historySize: 1500, historyTtl: 60 },
  small: { ...DEFAULT_CHANNEL_OPTIONS, historySize: 2, historyTtl: 60, forceRecovery: true },
  cache: { ...DEFAULT_CHANNEL_OPTIONS, historySize: 2, historyTtl: 60, forceRecovery: true, recoveryMode: 'cache' },
  seen: { ...DEFAULT_CHANNEL_OPTIONS, presence: true },
  subscribers: { ...DEFAULT_CHANNEL_OPTIONS, publish: 'subscribers' },
  api: { ...DEFAULT_CHANNEL_OPTIONS, publish: 'api' },
  delta: { ...DEFAULT_CHANNEL_OPTIONS, delta: true, joinLeave: true },
  deltas: { ...DEFAULT_CHANNEL_OPTIONS, delta: true, historySize: 100, historyTtl: 60, forceRecovery: true },
};

export function createRoom(namespaces = NAMESPACES) {
  const port = new ManualPort();
  const hub = new Hub(port, ENCODERS, createStores(), namespaces);
  return { port, hub };
}

/** A client in a room that numbers its commands. */
export class Speaker {
  readonly #hub: Hub;
  readonly #member;
  #id = 0;
  #read = 0;
  /** What came between replies that were asked for. */
  readonly pushes: Line[] = [];

  /** Joins, and says nothing yet. */
  constructor(hub: Hub, changes: AdmissionChanges = {}) {
    this.#hub = hub;
    this.#member = createMember({ protocol: 'centrifugo', ...changes });
    hub.join(this.#member.connection);
  }

  static connect(hub: Hub, changes: AdmissionChanges = {}): Speaker {
    const speaker = new Speaker(hub, changes);
    speaker.ask({ connect: {} });
    return speaker;
  }

  get connection() {
    return this.#member.connection;
  }

  get socket(): FakeSocket {
    return this.#member.socket;
  }

  get id(): string {
    return this.connection.record.id;
  }

  /** Sends a frame as it is. Nothing comes back where all of it is done at once. */
  send(frame: Message): void | Promise<void> {
    return inTurn(this.connection, () => centrifugo.receive(this.#hub, this.connection, frame));
  }

  /** Sends commands in one frame, each with the next id. */
  say(...commands: object[]): void | Promise<void> {
    return this.send(commands.map((command) => JSON.stringify({ id: ++this.#id, ...command })).join('\n'));
  }

  /** The frames that came since they were last asked for: the lines of each. */
  frames(): Line[][] {
    const frames = this.socket.sent.slice(this.#read).map((frame) => String(frame).split('\n'));
    this.#read = this.socket.sent.length;
    return frames.map((lines) => lines.map((line) => JSON.parse(line)));
  }

  lines(): Line[] {
    return this.frames().flat();
  }

  /** Sends a command, of which the reply must be there at once. */
  ask(command: object): Line {
    this.say(command);
    return this.#replyTo(command);
  }

  /** Sends a command that has to wait for something, and waits for its reply. */
  async request(command: object): Promise<Line> {
    await this.say(command);
    return this.#replyTo(command);
  }

  /** The reply to the newest command. */
  #replyTo(command: object): Line {
    const lines = this.lines();
    const reply = lines.find(({ id }) => id === this.#id);
    if (reply === undefined) throw new Error(`No reply to ${JSON.stringify(command)}`);
    this.pushes.push(...lines.filter((line) => line !== reply));
    const { id: _, ...rest } = reply;
    return rest;
  }
}

export const subscribe = (channel: string, more: object = {}) => ({ subscribe: { channel, ...more } });
export const unsubscribe = (channel: string) => ({ unsubscribe: { channel } });
export const publish = (channel: string, data: unknown) => ({ publish: { channel, data } });
export const history = (channel: string, more: object = {}) => ({ history: { channel, ...more } });

/** The code of an error in a reply. */
export const codeOf = (reply: Line) => (reply.error as { code: number } | undefined)?.code;

/** What a call of the server API is answered with. */
export const callApi = async (hub: Hub, method: string, params: object): Promise<Line> =>
  JSON.parse(await callServerApi(hub, method, JSON.stringify(params)));
