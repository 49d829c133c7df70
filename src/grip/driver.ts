import type { GripSettings } from '../config/grip.ts';
import type { Opening } from '../room/application.ts';
import { refuse } from '../upgrade/reject.ts';
import { toAnswer } from './answer.ts';
import { onClientClose, onClientGone, onClientMessage } from './client.ts';
import type { Message } from './control.ts';
import { encodeEvents, type WebSocketEvent } from './events.ts';
import { requestHeaders } from './headers.ts';
import type { GripPort, Silence } from './port.ts';
import { closeOf, refusalOf } from './problems.ts';
import { isUnderWay, onFailure, onRefresh, takeRequest, wake, wakeAt } from './requests.ts';
import { type Answer, onResponse } from './response.ts';
import { type Effect, fail, type Problem, type Session } from './session.ts';
import type { SessionClient } from './session-client.ts';
import type { Sessions } from './sessions.ts';
import { Signer } from './signer.ts';

/** Drives the sessions of a room: makes the requests that are due, and does what their answers ask for. */
export class Driver {
  settings: GripSettings;
  readonly #port: GripPort;
  readonly #sessions: Sessions;
  readonly #signer: Signer;
  /** The clients that are there, or wait to be let in, by the ids of their sessions. */
  readonly #clients = new Map<string, SessionClient>();

  constructor(settings: GripSettings, port: GripPort, sessions: Sessions) {
    this.settings = settings;
    this.#port = port;
    this.#sessions = sessions;
    this.#signer = new Signer(port.now);
  }

  has(id: string): boolean {
    return this.#clients.has(id);
  }

  /** Asks the application server whether a client is let in. */
  async open(session: Session, client: SessionClient): Promise<Opening | Response> {
    const effects = await this.#firstEffects(session);
    const [first, ...rest] = effects;
    if (first?.kind === 'refuse') return toAnswer(first);
    if (first?.kind !== 'accept') return refuse(refusalOf(first?.kind === 'fail' ? first.problem : 'timeout'));
    this.#clients.set(session.id, client);
    this.#sessions.add(session);
    this.#apply(session, rest);
    return { subprotocol: first.subprotocol, headers: new Headers(first.headers) };
  }

  /** Takes a client that is in. One that slept is only looked at when there is something to do for it. */
  enter(id: string, client: SessionClient): void {
    this.#clients.set(id, client);
    const session = this.#sessions.loaded(id);
    if (session) this.#drive(session);
  }

  /** Takes a message of a client; false where nothing is known of it. */
  receive(id: string, message: Message): boolean {
    const session = this.#sessions.find(id);
    if (session === null) return false;
    this.#apply(session, onClientMessage(session, message, this.settings.limits));
    this.#drive(session);
    return true;
  }

  /** Takes the end of a connection, which was closed with `close`, or broke where that is null. */
  left(id: string, close: { code: number | null; reason: string } | null): void {
    this.#clients.delete(id);
    const session = this.#sessions.find(id);
    if (session === null) return;
    if (close) this.#apply(session, onClientClose(session, close.code, close.reason));
    else onClientGone(session);
    this.#drive(session);
  }

  /** Asks the application server about a client at once. */
  refresh(id: string): void {
    const session = this.#sessions.find(id);
    if (session === null) return;
    onRefresh(session);
    this.#drive(session);
  }

  /** Does what is due by now. */
  wake(session: Session): void {
    this.#apply(session, wake(session, this.#port.now()));
    this.#drive(session);
  }

  /**
   * Tells the application server that a client is gone whose connection nobody has. So end those of whose request nobody knows
   * any more: a room does not sleep while one is under way, and where its process ends, so do its sockets.
   */
  lose(session: Session): void {
    onClientGone(session);
    this.#drive(session);
  }

  /** What the first answer that says something comes to; nothing where it does not come in time. */
  async #firstEffects(session: Session): Promise<Effect[]> {
    const until = this.#port.now() + this.settings.limits.responseTimeoutMs;
    for (;;) {
      const events = takeRequest(session, this.#port.now());
      const effects = events === null ? [] : await this.#exchange(session, events);
      if (effects.length > 0 || session.phase !== 'opening') return effects;
      const next = wakeAt(session);
      if (next === null || next > until) {
        this.lose(session);
        return [];
      }
      await this.#port.sleep(next - this.#port.now());
    }
  }

  #drive(session: Session): void {
    this.#port.waitUntil(this.#run(session).catch((error: unknown) => this.#break(session, error)));
  }

  /** Makes one request after the other, until none is due. */
  async #run(session: Session): Promise<void> {
    for (;;) {
      const events = takeRequest(session, this.#port.now());
      if (events === null) break;
      this.#apply(session, await this.#exchange(session, events));
    }
    if (isUnderWay(session)) return;
    this.#sessions.keep(session);
    const next = wakeAt(session);
    if (next !== null) this.#port.wakeAt(next);
  }

  /** A mistake of ours, or a secret that is not set, costs this connection and no other. */
  #break(session: Session, error: unknown): void {
    this.#port.log(`The session ${session.id} failed`, error);
    this.#apply(session, fail(session, 'lost'));
    this.#sessions.keep(session);
  }

  async #exchange(session: Session, events: readonly WebSocketEvent[]): Promise<Effect[]> {
    const { limits } = this.settings;
    const answer = await this.#ask(session, events);
    const now = this.#port.now();
    return typeof answer === 'string'
      ? onFailure(session, answer, now, this.#port.random, limits)
      : onResponse(session, answer, now, limits);
  }

  async #ask(session: Session, events: readonly WebSocketEvent[]): Promise<Answer | Silence> {
    const { key, issuer, limits } = this.settings;
    const signature = key === null ? null : await this.#signer.sign(issuer, this.#port.secret(key));
    const question = { url: session.url, headers: requestHeaders(session, signature), body: encodeEvents(events) };
    return this.#port.ask(question, { timeoutMs: limits.responseTimeoutMs, maxBytes: limits.maxResponseBytes });
  }

  #apply(session: Session, effects: readonly Effect[]): void {
    const client = this.#clients.get(session.id);
    for (const effect of effects) if (client) this.#do(session, effect, client);
  }

  #do(session: Session, effect: Effect, client: SessionClient): void {
    switch (effect.kind) {
      case 'send':
        client.send(effect.message);
        break;
      case 'subscribe':
        if (!client.subscribe(effect.channel)) this.#apply(session, fail(session, 'too_many_channels'));
        break;
      case 'unsubscribe':
        client.unsubscribe(effect.channel);
        break;
      case 'close':
        client.close(effect.code, effect.reason);
        break;
      case 'fail':
        this.#fail(client, effect.problem);
        break;
      case 'dropped':
        this.#port.log(`Something of the application server goes nowhere: ${effect.reason}`);
    }
  }

  #fail(client: SessionClient, problem: Problem): void {
    this.#port.log(`A connection is closed: ${problem}`);
    const { code, reason } = closeOf(problem);
    client.close(code, reason);
  }
}
