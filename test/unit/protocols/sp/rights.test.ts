import { describe, expect, it } from 'vitest';
import type { Action } from '../../../../src/config/auth.ts';
import { type ChannelOptions, DEFAULT_CHANNEL_OPTIONS } from '../../../../src/config/channels.ts';
import { Rejected } from '../../../../src/config/errors.ts';
import { ROLES, type Role } from '../../../../src/config/sp-roles.ts';
import { checkRole } from '../../../../src/protocols/sp/edge.ts';
import { rightsOf } from '../../../../src/protocols/sp/rights.ts';
import { createAdmission } from '../../../support/admission.ts';

const SPEAKERS = ['pair', 'pair1', 'pub', 'push', 'req', 'surveyor', 'bus'];
const HEARERS = ['pair', 'pair1', 'sub', 'pull', 'rep', 'respondent', 'bus'];

/** Who may do something, of all roles, with these rights on a channel and these options. */
function those(
  who: 'speaks' | 'hears',
  allow: Action[],
  channel = 'main',
  options: Partial<ChannelOptions> = {},
): Role[] {
  const all = { ...DEFAULT_CHANNEL_OPTIONS, ...options };
  return ROLES.filter((role) => rightsOf(role, [{ channel, allow }], all)[who]);
}

describe('a role', () => {
  it('may do all that it does where everything is permitted', () => {
    expect(those('speaks', ['publish', 'subscribe']).sort()).toEqual([...SPEAKERS].sort());
    expect(those('hears', ['publish', 'subscribe']).sort()).toEqual([...HEARERS].sort());
  });

  it('may speak with the right to publish alone, and hear with the right to subscribe', () => {
    expect([those('speaks', ['publish']).sort(), those('hears', ['publish'])]).toEqual([[...SPEAKERS].sort(), []]);
    expect([those('speaks', ['subscribe']), those('hears', ['subscribe']).sort()]).toEqual([[], [...HEARERS].sort()]);
  });

  it('may do nothing by rights on another channel', () => {
    expect(those('speaks', ['publish', 'subscribe'], 'other')).toEqual([]);
    expect(those('hears', ['publish', 'subscribe'], 'other')).toEqual([]);
  });

  it('is bound by what the channel says where its messages are on it', () => {
    const both: Action[] = ['publish', 'subscribe'];
    expect(those('speaks', both, 'main', { publish: 'api' })).toEqual(['push', 'req', 'surveyor']);
    expect(those('speaks', both, 'main', { publish: 'subscribers' })).toEqual(
      SPEAKERS.filter((role) => role !== 'pub'),
    );
    expect(those('hears', both, 'main', { subscribe: 'token' })).toEqual(['pull', 'rep', 'respondent']);
  });
});

describe('at the entrance', () => {
  const namespaces = { '': DEFAULT_CHANNEL_OPTIONS };
  const ask = (role: Role | undefined, allow: Action[]) =>
    checkRole(createAdmission({ role, grants: [{ channel: 'main', allow }] }), namespaces);

  it('a role is refused that could do nothing', () => {
    const refused = new Rejected('ERR_PERMISSION_DENIED');
    expect([ask('pub', ['subscribe']), ask('sub', ['publish']), ask('bus', ['presence'])]).toEqual(
      Array(3).fill(refused),
    );
  });

  it('a role is let in that can do something, and so is who has none', () => {
    const asked = [ask('pub', ['publish']), ask('sub', ['subscribe']), ask('bus', ['subscribe']), ask(undefined, [])];
    expect(asked).toEqual([null, null, null, null]);
  });
});
