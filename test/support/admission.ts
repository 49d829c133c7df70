import { DEFAULT_LIMITS, type Limits } from '../../src/config/limits.ts';
import { EVERYTHING, grantsIn } from '../../src/config/permissions.ts';
import type { Admission } from '../../src/room/connection.ts';

export type AdmissionChanges = Partial<Omit<Admission, 'limits'>> & { limits?: Partial<Limits> };

/** What the edge lets a connection in with where nobody has to say who they are, but for `changes`. */
export function createAdmission(changes: AdmissionChanges = {}): Admission {
  return {
    protocol: 'raw',
    subprotocol: null,
    echo: false,
    identity: null,
    grants: grantsIn(EVERYTHING, 'room') ?? [],
    expiresAt: null,
    address: null,
    ...changes,
    limits: { ...DEFAULT_LIMITS, ...changes.limits },
  };
}
