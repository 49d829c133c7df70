import { describe, expect, it } from 'vitest';
import { findSpOffer, peerOf, ROLES, roleOf } from '../../../src/config/sp-roles.ts';

describe('an offer of SP', () => {
  it('is found wherever it stands in the list, the first of several', () => {
    expect(findSpOffer(['chat', 'sub.sp.nanomsg.org', 'rep.sp.nanomsg.org'])).toEqual({
      subprotocol: 'sub.sp.nanomsg.org',
      role: 'pub',
    });
  });

  it('is found in any case, and kept as it was written', () => {
    expect(findSpOffer(['Rep.SP.nanomsg.ORG'])).toEqual({ subprotocol: 'Rep.SP.nanomsg.ORG', role: 'req' });
  });

  it('is also the text form, which has no role', () => {
    expect(findSpOffer(['sp.signalbox'])).toEqual({ subprotocol: 'sp.signalbox', role: null });
  });

  it('is not found where there is none', () => {
    expect(findSpOffer([])).toBeNull();
    expect(findSpOffer(['chat', 'sp.nanomsg.org', 'hub.sp.nanomsg.org'])).toBeNull();
  });
});

describe('a role', () => {
  it('has a peer that has it as its peer', () => {
    for (const role of ROLES) expect(peerOf(peerOf(role))).toBe(role);
  });

  it('is what the peer of the offered one is', () => {
    for (const role of ROLES) expect(roleOf(`${role}.sp.nanomsg.org`)).toBe(peerOf(role));
  });
});
