import type { Permission, ResolvedTokens, TokenFault, TokenStatement } from '../config/auth.ts';
import { type ErrorCode, Rejected } from '../config/errors.ts';
import { JwtVerifier } from './jwt.ts';
import type { AuthPort } from './ports.ts';

/** Checks the tokens that the members of one room show; remembers key sets. */
export class MemberTokens {
  /** Whether a member of whom the edge does not know who it is has to show one. */
  readonly required: boolean;
  /** What a connection token allows that does not say so itself. */
  readonly permissions: readonly Permission[];
  readonly #rules: ResolvedTokens;
  readonly #port: AuthPort;
  readonly #jwt = new JwtVerifier();

  constructor(rules: ResolvedTokens, port: AuthPort) {
    this.required = rules.required;
    this.permissions = rules.permissions;
    this.#rules = rules;
    this.#port = port;
  }

  /** @throws MissingSecret */
  async verify(token: string): Promise<TokenStatement | TokenFault> {
    const checked = await this.#jwt.check(this.#rules, token, this.#port);
    return checked instanceof Rejected ? faultOf(checked.code) : checked;
  }
}

function faultOf(code: ErrorCode): TokenFault {
  if (code === 'ERR_CREDENTIALS_EXPIRED') return 'expired';
  return code === 'ERR_KEYS_UNAVAILABLE' ? 'unavailable' : 'invalid';
}
