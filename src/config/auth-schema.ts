/** The shape of what a route says about identity, as a schema. */
import * as v from 'valibot';
import { assertNever } from '../util/assert.ts';
import { withDefaults } from '../util/defaults.ts';
import { isToken } from '../util/header-list.ts';
import {
  ACTIONS,
  type Auth,
  type ForwardAuth,
  type JwtAuth,
  KEY_ALGORITHMS,
  type MemberTokens,
  type Permission,
  type ResolvedAuth,
  type ResolvedTokens,
  SECRET_ALGORITHMS,
  type TicketAuth,
  type TokenKeys,
} from './auth.ts';
import { EVERYTHING } from './permissions.ts';
import { exact, HttpUrl, parsed, someOf, text, wholeNumber } from './schema-parts.ts';

/** One permission: `Permission`, checked. Also what is checked of a token's. */
export const PermissionSchema: v.GenericSchema<unknown, Permission> = exact({
  room: v.optional(v.string()),
  channel: v.optional(v.string()),
  allow: v.array(v.picklist(ACTIONS)),
});

export const EnvironmentVariable = parsed(
  (name) =>
    /^[A-Za-z_]\w*$/.test(name) ||
    'must be the name of an environment variable, such as "JWT_SECRET", and never the secret',
);

const HeaderName = parsed((name) => {
  if (/^x-forwarded-/i.test(name)) return 'may not be one of X-Forwarded-*, which the router writes itself';
  return isToken(name) || 'must be the name of a header';
});

const CredentialSource = v.lazy((input) =>
  typeof input === 'string'
    ? v.picklist(['authorization', 'subprotocol'])
    : v.union([
        exact({ cookie: parsed((name) => isToken(name) || 'must be the name of a cookie') }),
        exact({ query: text('the name of a query parameter') }),
      ]),
);

const Sources = someOf(CredentialSource);

const KEYS = {
  algorithms: someOf(v.picklist([...SECRET_ALGORITHMS, ...KEY_ALGORITHMS])),
  secret: v.optional(EnvironmentVariable),
  jwks: v.optional(HttpUrl),
  issuer: v.optional(text('an issuer, or leave it out')),
  audience: v.optional(text('an audience, or leave it out')),
  clockTolerance: v.optional(wholeNumber(0, 600)),
};

function hasOneKey({ secret, jwks }: TokenKeys): boolean {
  return (secret === undefined) !== (jwks === undefined);
}

function fitsAlgorithms({ secret, algorithms }: TokenKeys): boolean {
  return algorithms.every((name) => isSecretAlgorithm(name) === (secret !== undefined));
}

const ONE_KEY = 'must have one of "secret" and "jwks", and not both';
const FITTING = `must name algorithms that fit: ${SECRET_ALGORITHMS.join(', ')} with "secret"; ${KEY_ALGORITHMS.join(', ')} with "jwks"`;

const Jwt = v.pipe(
  exact({
    kind: v.literal('jwt'),
    ...KEYS,
    from: v.optional(Sources),
    permissions: v.optional(v.array(PermissionSchema)),
    permissionsClaim: v.optional(text('the name of a claim, or leave it out')),
  }),
  v.check((keys) => hasOneKey(keys), ONE_KEY),
  v.check((keys) => fitsAlgorithms(keys), FITTING),
);

export const MemberTokensSchema: v.GenericSchema<unknown, MemberTokens> = v.pipe(
  exact({ ...KEYS, required: v.optional(v.boolean()), permissions: v.optional(v.array(PermissionSchema)) }),
  v.check((keys) => hasOneKey(keys), ONE_KEY),
  v.check((keys) => fitsAlgorithms(keys), FITTING),
);

/** Were both kinds allowed at once, a public key could be used as the secret (RFC 8725 section 2.1). */
function isSecretAlgorithm(name: string): boolean {
  return SECRET_ALGORITHMS.some((known) => known === name);
}

const Ticket = exact({
  kind: v.literal('ticket'),
  secret: EnvironmentVariable,
  once: v.optional(v.boolean()),
  from: v.optional(Sources),
});

const Forward = exact({
  kind: v.literal('forward'),
  url: HttpUrl,
  method: v.optional(v.picklist(['GET', 'POST'])),
  headers: v.optional(v.array(HeaderName)),
  from: v.optional(v.array(CredentialSource)),
  timeoutMs: v.optional(wholeNumber(1, 60_000)),
  permissions: v.optional(v.array(PermissionSchema)),
});

export const AuthSchema: v.GenericSchema<unknown, Auth> = v.variant('kind', [Jwt, Ticket, Forward]);

/** Fills in the defaults. */
export function resolveAuth(auth: Auth): ResolvedAuth {
  switch (auth.kind) {
    case 'jwt':
      return withDefaults(JWT_DEFAULTS, auth);
    case 'ticket':
      return withDefaults(TICKET_DEFAULTS, auth);
    case 'forward':
      return withDefaults(FORWARD_DEFAULTS, auth);
    default:
      return assertNever(auth);
  }
}

export function resolveTokens(tokens: MemberTokens): ResolvedTokens {
  return withDefaults({ clockTolerance: CLOCK_TOLERANCE, required: true, permissions: EVERYTHING }, tokens);
}

const CLOCK_TOLERANCE = 5;

const JWT_DEFAULTS = {
  clockTolerance: CLOCK_TOLERANCE,
  from: ['authorization'],
  permissions: EVERYTHING,
  permissionsClaim: 'permissions',
} satisfies Partial<JwtAuth>;

const TICKET_DEFAULTS = { once: false, from: ['authorization'] } satisfies Partial<TicketAuth>;

const FORWARD_DEFAULTS = {
  method: 'GET',
  headers: ['Authorization', 'Cookie'],
  from: [],
  timeoutMs: 5000,
  permissions: EVERYTHING,
} satisfies Partial<ForwardAuth>;
