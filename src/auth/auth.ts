import type { ResolvedAuth } from '../config/auth.ts';
import { ERRORS, INVALID_TOKEN, Rejected } from '../config/errors.ts';
import { assertNever } from '../util/assert.ts';
import { findCredential } from './credential.ts';
import { askOrigin } from './forward.ts';
import { JwtVerifier } from './jwt.ts';
import type { Pass } from './pass.ts';
import type { AuthPort } from './ports.ts';
import { verifyTicket } from './ticket.ts';

/** Who asks to be let in. */
export interface Asker {
  request: Request;
  /** The subprotocols that were offered, credentials among them. */
  offer: readonly string[];
  /** Its address; null where the runtime does not tell. */
  address: string | null;
}

/** Finds out who somebody is. One for the whole router: it remembers key sets. */
export class Authenticator {
  readonly #jwt = new JwtVerifier();

  /**
   * What the credential of an upgrade is good for, or why it is refused: by us, or by the origin that was asked.
   *
   * @throws MissingSecret where the deployment lacks a secret
   */
  async check(auth: ResolvedAuth, asker: Asker, port: AuthPort): Promise<Pass | Rejected | Response> {
    const credential = findCredential(asker.request, asker.offer, auth.from);
    if (auth.kind === 'forward') return askOrigin(auth, { ...asker, credential }, port);
    if (credential === null) return new Rejected('ERR_CREDENTIALS_MISSING', CHALLENGE);
    const pass = await this.#verify(auth, credential, port);
    return pass instanceof Rejected ? challenged(pass) : pass;
  }

  #verify(
    auth: Exclude<ResolvedAuth, { kind: 'forward' }>,
    credential: string,
    port: AuthPort,
  ): Promise<Pass | Rejected> {
    switch (auth.kind) {
      case 'jwt':
        return this.#jwt.verify(auth, credential, port);
      case 'ticket':
        return verifyTicket(auth, credential, port);
      default:
        return assertNever(auth);
    }
  }
}

/** RFC 6750 section 3: without credentials nothing but the scheme. */
const CHALLENGE = { 'WWW-Authenticate': 'Bearer' };

function challenged(rejected: Rejected): Rejected {
  return ERRORS[rejected.code].status === 401 ? new Rejected(rejected.code, INVALID_TOKEN) : rejected;
}
