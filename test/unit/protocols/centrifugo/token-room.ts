/** A room that looks at tokens, whose keys and clock a test sets. */
import type { JWTPayload } from 'jose';
import { MemberTokens } from '../../../../src/auth/member-tokens.ts';
import type { MemberTokens as Rules } from '../../../../src/config/auth.ts';
import { resolveTokens } from '../../../../src/config/auth-schema.ts';
import { DEFAULT_CHANNEL_OPTIONS, type Namespaces } from '../../../../src/config/channels.ts';
import type { AdmissionChanges } from '../../../support/admission.ts';
import { FakeWorld, NOW, SECRET, sign } from '../../../support/tokens.ts';
import { createRoom, type Line, NAMESPACES, Speaker } from './speaker.ts';

export const KEYS: Rules = { algorithms: ['HS256'], secret: 'SECRET' };

const WITH_PRIVATE: Namespaces = {
  ...NAMESPACES,
  private: { ...DEFAULT_CHANNEL_OPTIONS, subscribe: 'token', presence: true },
  closed: { ...DEFAULT_CHANNEL_OPTIONS, subscribe: 'token', presence: true, historySize: 10, historyTtl: 60 },
};

/** It is `NOW` there; the world in which tokens are checked has the same clock. */
export function createTokenRoom(rules: Partial<Rules> = {}) {
  const { port, hub } = createRoom(WITH_PRIVATE);
  const world = new FakeWorld();
  const passTo = (seconds: number) => {
    port.time = seconds * 1000;
    world.time = seconds * 1000;
  };
  passTo(NOW);
  hub.tokens = new MemberTokens(resolveTokens({ ...KEYS, ...rules }), world);
  return { port, hub, world, passTo };
}

/** A connection token of `ann` but for `claims`. */
export const tokenFor = (claims: JWTPayload = {}) => sign(claims, SECRET);

/** A subscription token of `ann` for a channel. */
export const tokenOn = (channel: string, claims: JWTPayload = {}) => sign({ channel, ...claims }, SECRET);

/** Somebody who has said hello with a token of these claims. */
export async function enter(
  hub: ReturnType<typeof createTokenRoom>['hub'],
  claims: JWTPayload = {},
  changes: AdmissionChanges = {},
): Promise<Speaker & { hello: Line }> {
  const speaker = new Speaker(hub, changes);
  const hello = await speaker.request({ connect: { token: await tokenFor(claims) } });
  return Object.assign(speaker, { hello });
}
