import { DISCONNECTS, type Disconnect } from '../config/disconnects.ts';
import type { ErrorCode } from '../config/errors.ts';
import type { Problem } from './session.ts';

/** What a client gets for a problem while it waits to be let in. */
export function refusalOf(problem: Problem): ErrorCode {
  if (problem === 'unreachable') return 'ERR_UPSTREAM_UNREACHABLE';
  return problem === 'timeout' ? 'ERR_UPSTREAM_TIMEOUT' : 'ERR_UPSTREAM_FAILED';
}

/** What it gets once it is in. */
export function closeOf(problem: Problem): Disconnect {
  return problem === 'buffer_full' ? DISCONNECTS.bufferFull : DISCONNECTS.serviceFailed;
}
