import type { Connection } from '../../room/connection.ts';
import type { Hub } from '../../room/hub.ts';
import type { Draft } from '../../room/publication.ts';
import { charge } from '../../room/rate.ts';
import { mayPublish } from '../../room/rights.ts';
import { checkLook, type Handler, knownOptions } from './call.ts';
import type { Method, Params } from './codec.ts';
import { connect, refresh } from './connect.ts';
import { CommandError, REPLY_ERRORS } from './errors.ts';
import { MAX_PUBLICATIONS, subRefresh, subscribe, unsubscribe, withPublications } from './subscribe.ts';
import { infoOf, presenceOf, statsOf } from './who.ts';

/** So many publications or members in a reply count as much as a message: what is asked for costs more than the asking. */
const ITEMS_PER_MESSAGE = 20;

export const HANDLERS: { [M in Method]: Handler<M> } = {
  connect,
  refresh,
  subscribe,
  sub_refresh: subRefresh,
  unsubscribe,

  publish({ hub, connection, id, params, replies }) {
    knownOptions(hub, params.channel);
    if (!mayPublish(hub, connection, params.channel)) throw new CommandError('permissionDenied');
    const draft: Draft = {
      data: JSON.stringify(params.data),
      json: true,
      publisher: infoOf(connection, params.channel),
      tags: null,
    };
    // A reply to a subscription of the same frame has to be there before what is published on it.
    replies.flush();
    const verdict = hub.judge(connection, params.channel, draft);
    if (verdict === 'refuse') throw new CommandError('permissionDenied');
    if (verdict === 'busy') throw new CommandError('tooManyRequests');
    if (verdict === 'taken') return replies.result(id, 'publish');
    hub.publish(params.channel, draft, null, (publication) => {
      if (publication) replies.result(id, 'publish');
      else replies.error(id, REPLY_ERRORS.internal);
    });
  },

  presence({ hub, connection, id, params, replies }) {
    checkLook(hub, connection, 'presence', params.channel);
    const subscribers = presentOn(hub, params.channel);
    if (!charge(hub, connection, subscribers.length / ITEMS_PER_MESSAGE)) return;
    replies.result(id, 'presence', JSON.stringify(presenceOf(params.channel, subscribers)));
  },

  presence_stats({ hub, connection, id, params, replies }) {
    checkLook(hub, connection, 'presence', params.channel);
    replies.result(id, 'presence_stats', JSON.stringify(statsOf(presentOn(hub, params.channel))));
  },

  history({ hub, connection, id, params, replies }) {
    checkLook(hub, connection, 'history', params.channel);
    const { found, position } = readPage(hub, params);
    if (!charge(hub, connection, found.length / ITEMS_PER_MESSAGE)) return;
    replies.result(id, 'history', withPublications(found, position));
  },

  rpc({ hub, connection, id, params, replies }) {
    // As with a publication: the application may publish at once.
    replies.flush();
    const reply = hub.application?.rpc?.(connection, params.method, params.data);
    if (!reply) throw new CommandError('notAvailable');
    return reply.then((outcome) => {
      if (outcome === 'failed') throw new CommandError('internal');
      if ('error' in outcome) replies.error(id, outcome.error);
      else replies.result(id, 'rpc', JSON.stringify({ data: outcome.data ?? null }));
    });
  },

  send({ hub, connection, params, replies }) {
    replies.flush();
    return hub.application?.send?.(connection, params.data);
  },
  ping: ({ id, replies }) => replies.result(id, 'ping'),
};

/** One page of a channel's history, and where its stream is. */
export function readPage(hub: Hub, { channel, since, limit, reverse }: Params<'history'>) {
  checkHistory(hub, channel);
  const position = hub.position(channel);
  if (since && since.epoch !== '' && since.epoch !== position.epoch) throw new CommandError('unrecoverablePosition');
  const bounded = limit < 0 ? MAX_PUBLICATIONS : Math.min(limit, MAX_PUBLICATIONS);
  const found = hub.history.read(channel, { since: since?.offset, limit: bounded, reverse }, hub.now());
  return { found, position };
}

export function checkHistory(hub: Hub, channel: string): void {
  if (knownOptions(hub, channel).historySize === 0) throw new CommandError('notAvailable');
}

/** Who is on a channel, where that may be asked. */
export function presentOn(hub: Hub, channel: string): Connection[] {
  if (!knownOptions(hub, channel).presence) throw new CommandError('notAvailable');
  return hub.subscribersOf(channel);
}
