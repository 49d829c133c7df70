import type { ChannelOptions } from '../../config/channels.ts';
import { type Grants, may } from '../../config/permissions.ts';
import type { Role } from '../../config/sp-roles.ts';
import { DEFAULT_CHANNEL } from '../../room/hub.ts';

/** What each role does by itself. Whoever may ask gets the answers, and whoever may hear a question may answer it. */
const DOES: Record<Role, { speaks?: true; hears?: true; onChannel?: true }> = {
  pub: { speaks: true, onChannel: true },
  sub: { hears: true, onChannel: true },
  bus: { speaks: true, hears: true, onChannel: true },
  pair: { speaks: true, hears: true, onChannel: true },
  pair1: { speaks: true, hears: true, onChannel: true },
  push: { speaks: true },
  pull: { hears: true },
  req: { speaks: true },
  rep: { hears: true },
  surveyor: { speaks: true },
  respondent: { hears: true },
};

/** What somebody in a role may do. */
export interface Rights {
  speaks: boolean;
  hears: boolean;
}

/** Whether a role says something of its own accord, rather than in answer. */
export function speaks(role: Role): boolean {
  return DOES[role].speaks === true;
}

/**
 * What a role may do: to speak takes `publish` on the default channel, to hear `subscribe`. What the channel itself says
 * holds for those whose messages are on it.
 */
export function rightsOf(role: Role, grants: Grants, options: ChannelOptions | null): Rights {
  const { speaks = false, hears = false, onChannel = false } = DOES[role];
  const mayHear = hears && may(grants, 'subscribe', DEFAULT_CHANNEL);
  const maySpeak = speaks && may(grants, 'publish', DEFAULT_CHANNEL);
  if (!onChannel) return { speaks: maySpeak, hears: mayHear };
  const isHeard = mayHear && options?.subscribe === 'members';
  const takes = options?.publish === 'members' || (options?.publish === 'subscribers' && isHeard);
  return { speaks: maySpeak && takes, hears: isHeard };
}
