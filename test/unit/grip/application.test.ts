import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_GRIP_LIMITS, type GripLimits } from '../../../src/config/grip.ts';
import { GripApplication } from '../../../src/grip/application.ts';
import { decodeEvents, type WebSocketEvent } from '../../../src/grip/events.ts';
import type { GripPort, Question, Silence } from '../../../src/grip/port.ts';
import type { Answer } from '../../../src/grip/response.ts';
import { MemorySessions } from '../../../src/grip/store.ts';
import { ENCODERS } from '../../../src/protocols/protocol.ts';
import { Antechamber } from '../../../src/room/antechamber.ts';
import type { Opening } from '../../../src/room/application.ts';
import { type Connection, createConnection, createRecord } from '../../../src/room/connection.ts';
import { Hub } from '../../../src/room/hub.ts';
import { BROKEN } from '../../../src/room/ports.ts';
import { createAdmission } from '../../support/admission.ts';
import { createStores, FakeSocket, ManualPort } from '../../support/members.ts';
import { answer, GRIP, NOW, OPEN, text } from './dialogue.ts';

type Reply = Answer | Silence;
const control = (command: object) => text(`c:${JSON.stringify(command)}`);

/** The events of a request; what can't be read fails the test. */
function eventsOf({ body }: Question): WebSocketEvent[] {
  const events = decodeEvents(body);
  if (!Array.isArray(events)) throw new TypeError(events.problem);
  return events;
}

/** A room with an application server, whose answers a test writes beforehand, and a clock that it turns. */
class World implements GripPort {
  time = NOW;
  readonly store = new MemorySessions();
  readonly asked: Question[] = [];
  readonly replies: (Reply | (() => Reply | Promise<Reply>))[] = [];
  readonly wakeUps: number[] = [];
  readonly logged: string[] = [];
  readonly #work: Promise<void>[] = [];
  readonly hub: Hub;
  readonly application: GripApplication;
  secret = (name: string) => `value of ${name}`;

  constructor(limits: Partial<GripLimits> = {}, key: string | null = null) {
    const port = new ManualPort();
    this.hub = new Hub(port, ENCODERS, createStores());
    const settings = { kind: 'grip', key, issuer: 'edge', limits: { ...DEFAULT_GRIP_LIMITS, ...limits } } as const;
    this.application = new GripApplication(settings, this.hub, this, this.store);
    port.onLeft = (connection) => this.application.left(connection, BROKEN);
  }

  now = () => this.time;
  random = () => 0;
  wakeAt = (time: number) => void this.wakeUps.push(time);
  waitUntil = (work: Promise<void>) => void this.#work.push(work);
  log = (what: string) => void this.logged.push(what);

  async ask(question: Question): Promise<Reply> {
    this.asked.push(question);
    const reply = this.replies.shift() ?? 'lost';
    return typeof reply === 'function' ? reply() : reply;
  }

  async sleep(ms: number): Promise<void> {
    this.time += ms;
  }

  /** Waits until nothing is under way. */
  async settle(): Promise<void> {
    for (let work = this.#work.shift(); work; work = this.#work.shift()) await work;
  }

  /** Asks for a connection, and takes what came of it. */
  async open(headers: HeadersInit = {}) {
    const connection = createConnection(
      new Antechamber(),
      createRecord(createAdmission({ protocol: 'application' }), crypto.randomUUID(), 0),
    );
    const request = new Request('https://app.example/ws', { headers });
    const opening = await this.application.open(connection, request);
    return { connection, opening };
  }

  /** Lets a client in whose application server answers with these events. */
  async enter(events: WebSocketEvent[] = [OPEN], headers: Record<string, string> = GRIP) {
    this.replies.push(answer(events, headers));
    const { connection } = await this.open();
    const socket = this.admit(connection);
    await this.settle();
    return { connection, socket };
  }

  /** What the room does once the application has said yes. */
  admit(connection: Connection): FakeSocket {
    const [socket, antechamber] = [new FakeSocket(), connection.socket];
    connection.socket = socket;
    this.hub.join(connection);
    this.application.enter(connection);
    if (antechamber instanceof Antechamber) antechamber.empty(this.hub, connection);
    return socket;
  }

  get told(): WebSocketEvent[][] {
    return this.asked.map(eventsOf);
  }
}

const DISCONNECT = [{ type: 'DISCONNECT' }];

let world: World;
beforeEach(() => {
  world = new World();
});

async function codeOf(opening: Opening | Response): Promise<[number, string]> {
  if (!(opening instanceof Response)) throw new TypeError('It was let in');
  return [opening.status, ((await opening.json()) as { code: string }).code];
}

describe('a client that wants in', () => {
  it('is let in with what the first answer says, and gets what stands in it right away', async () => {
    world.replies.push(
      answer([OPEN, text('m:hi'), control({ type: 'subscribe', channel: 'a' })], { ...GRIP, 'X-A': 'b' }),
    );
    const { connection, opening } = await world.open({ Cookie: 'c=d' });
    if (opening instanceof Response) throw new TypeError('It was refused');
    expect([opening.subprotocol, opening.headers.get('X-A')]).toEqual([null, 'b']);
    const socket = world.admit(connection);
    expect([socket.sent, [...connection.channels]]).toEqual([['hi'], ['a']]);
    expect([world.asked[0]?.url, world.asked[0]?.headers.get('Cookie')]).toEqual(['https://app.example/ws', 'c=d']);
    expect(world.told).toEqual([[OPEN]]);
  });

  it('is closed right away where the first answer says so, or breaks the rules', async () => {
    const closed = await world.enter([OPEN, { type: 'CLOSE', code: 4000, reason: 'no' }]);
    const broken = await world.enter([OPEN, OPEN]);
    expect([closed.socket.closed, broken.socket.closed]).toEqual([
      { code: 4000, reason: 'no' },
      { code: 1011, reason: 'service failed' },
    ]);
  });

  it.each<[string, Reply, number, string]>([
    ['can not be reached', 'unreachable', 502, 'ERR_UPSTREAM_UNREACHABLE'],
    ['is lost', 'lost', 502, 'ERR_UPSTREAM_FAILED'],
    ['takes too long', 'timeout', 504, 'ERR_UPSTREAM_TIMEOUT'],
    ['begins with something else', answer([text('m:a')]), 502, 'ERR_UPSTREAM_FAILED'],
  ])('is refused where the application server %s, and is asked about once', async (_, reply, status, code) => {
    world.replies.push(reply);
    expect(await codeOf((await world.open()).opening)).toEqual([status, code]);
    await world.settle();
    expect([world.asked.length, world.store.ids()]).toEqual([1, []]);
  });

  it.each([
    [403, 'no'],
    [204, ''],
    [302, ''],
  ])('is refused with %i as the application server answers', async (status, body) => {
    const headers = new Headers({ 'Content-Type': 'text/plain', Location: '/login', 'Set-Meta-A': 'b' });
    world.replies.push({ status, headers, body: new TextEncoder().encode(body) });
    const { opening } = await world.open();
    if (!(opening instanceof Response)) throw new TypeError('It was let in');
    expect([opening.status, opening.headers.get('Location'), opening.headers.has('Set-Meta-A')]).toEqual([
      status,
      '/login',
      false,
    ]);
    expect(await opening.text()).toBe(body);
  });

  it('waits where the application server takes its time, and no longer than for any answer', async () => {
    const later = answer([], { 'Keep-Alive-Interval': '20' });
    world.replies.push(later, later, answer([OPEN], GRIP));
    expect((await world.open()).opening).not.toBeInstanceOf(Response);
    expect([world.time - NOW, world.told]).toEqual([40_000, [[OPEN], [OPEN], [OPEN]]]);
    world.replies.push(later, later, later, later, answer([]));
    expect(await codeOf((await world.open()).opening)).toEqual([504, 'ERR_UPSTREAM_TIMEOUT']);
    await world.settle();
    expect(world.told.at(-1)).toEqual(DISCONNECT);
  });

  it('is refused with headers that take more than may be kept', async () => {
    const bytes = DEFAULT_GRIP_LIMITS.maxHeaderBytes - 'x-a'.length;
    world.replies.push(answer([OPEN]));
    expect((await world.open({ 'X-A': 'b'.repeat(bytes) })).opening).not.toBeInstanceOf(Response);
    expect(await codeOf((await world.open({ 'X-A': 'b'.repeat(bytes + 1) })).opening)).toEqual([
      431,
      'ERR_HEADERS_TOO_LARGE',
    ]);
    expect(world.asked).toHaveLength(1);
  });

  it('is told of as gone where the room has no place after all', async () => {
    world.replies.push(answer([OPEN], GRIP), answer([]));
    const { connection } = await world.open();
    world.application.left(connection, BROKEN);
    await world.settle();
    expect([world.told.at(-1), world.store.ids()]).toEqual([DISCONNECT, []]);
  });
});

describe('a client that is in', () => {
  it('is told of in one request with what came while another one was under way', async () => {
    const { connection, socket } = await world.enter();
    const gate = Promise.withResolvers<Reply>();
    world.replies.push(() => gate.promise, answer([text('m:done')]));
    for (const message of ['a', 'b', 'c']) world.application.receive(connection, message);
    gate.resolve(answer([]));
    await world.settle();
    expect(world.told.slice(1)).toEqual([[text('a')], [text('b'), text('c')]]);
    expect(socket.sent).toEqual(['done']);
  });

  it('is told of again where the application server was not reached, as often as is allowed', async () => {
    world = new World({ maxRetries: 2, retryMs: 1000, retryRandomMs: 0 });
    const { connection, socket } = await world.enter();
    world.replies.push('unreachable', 'unreachable', 'unreachable');
    world.application.receive(connection, 'a');
    await world.settle();
    for (const wait of [1000, 2000]) {
      expect(world.wakeUps.at(-1)).toBe(world.time + wait);
      world.time += wait;
      world.application.wake();
      await world.settle();
    }
    expect(world.told.slice(1)).toEqual(Array(3).fill([text('a')]));
    expect([socket.closed, world.store.ids()]).toEqual([{ code: 1011, reason: 'service failed' }, []]);
  });

  it('is on as many channels as can be kept, and closed with one more', async () => {
    const { connection, socket } = await world.enter();
    const name = (i: number) => `${'c'.repeat(65)}${String(i).padStart(2, '0')}`;
    const subscribe = (i: number) => control({ type: 'subscribe', channel: name(i) });
    const bytes = JSON.stringify({ channel: name(0), joinLeave: false }).length + 1;
    const fit = Math.floor((7000 - 1) / bytes);
    world.replies.push(answer(Array.from({ length: fit }, (_, i) => subscribe(i))), answer([subscribe(fit)]));
    world.application.receive(connection, 'all');
    await world.settle();
    expect([connection.channels.size, socket.closed]).toEqual([fit, null]);
    world.application.receive(connection, 'more');
    await world.settle();
    expect(socket.closed).toEqual({ code: 1011, reason: 'service failed' });
  });

  it('is closed where a secret is not set any more, and nobody else', async () => {
    world = new World({}, 'KEY');
    const [ada, ben] = [await world.enter(), await world.enter()];
    expect(world.asked[0]?.headers.get('Grip-Sig')).toMatch(/^eyJ/);
    // A signature is used again for a minute.
    world.time += 60_000;
    world.secret = () => {
      throw new Error('KEY is not set');
    };
    world.application.receive(ada.connection, 'a');
    await world.settle();
    expect([ada.socket.closed, ben.socket.closed]).toEqual([{ code: 1011, reason: 'service failed' }, null]);
  });

  it('is closed where it is not known: the table has had something else there', async () => {
    const { connection, socket } = await world.enter();
    world.store.delete(connection.record.id);
    const other = new GripApplication(
      { kind: 'grip', key: null, issuer: 'edge', limits: DEFAULT_GRIP_LIMITS },
      world.hub,
      world,
      world.store,
    );
    other.enter(connection);
    other.receive(connection, 'a');
    expect(socket.closed?.code).toBe(1012);
  });

  it('goes by the limits that the table has now', async () => {
    const { connection, socket } = await world.enter();
    const limits = { ...DEFAULT_GRIP_LIMITS, maxBufferBytes: 10 };
    world.application.configure({ kind: 'grip', key: null, issuer: 'edge', limits });
    world.replies.push(answer([]));
    world.application.receive(connection, 'x'.repeat(11));
    await world.settle();
    expect(socket.closed).toEqual({ code: 1008, reason: 'buffer full' });
    expect(world.told.at(-1)).toEqual(DISCONNECT);
  });

  it('is entered once more without harm, also while a request is under way', async () => {
    const { connection, socket } = await world.enter();
    const gate = Promise.withResolvers<Reply>();
    world.replies.push(() => gate.promise);
    world.application.receive(connection, 'a');
    world.application.enter(connection);
    gate.resolve(answer([text('m:b')]));
    await world.settle();
    expect([socket.sent, world.asked.length]).toEqual([['b'], 2]);
  });
});

describe('what is published', () => {
  const publish = (...items: object[]) =>
    world.application.answer(new Request('https://room/', { method: 'POST', body: JSON.stringify({ items }) }));

  it('is acknowledged where its channel can not be, as where nobody is on it', async () => {
    const answers = [await publish({ channel: 'no:such', 'ws-message': { content: 'a' } }), await publish()];
    for (const answer of answers) expect([answer.status, await answer.text()]).toEqual([200, 'Published\n']);
  });

  it('asks about each client on the channel once', async () => {
    await world.enter([OPEN, control({ type: 'subscribe', channel: 'a' })]);
    await world.enter();
    world.replies.push(answer([]));
    await publish({ channel: 'a', 'ws-message': { action: 'refresh' } });
    await world.settle();
    expect(world.told.slice(2)).toEqual([[]]);
  });
});
