/** The groups of the API's routes in its OpenAPI document: who calls them, and how they prove who they are. */
import { type OAuth2Scope, TOKEN_PATH } from '@payment-passkeys/protocol';
import { CEREMONY_COOKIE } from '../../domain/ceremonies/cookie.ts';
import { scopeOfRoute } from '../../domain/oauth2/scopes.ts';
import { CHALLENGE_COOKIE, VISIT_COOKIE } from '../../domain/visits/visit.ts';
import type { RouteGroup } from '../../platform/http/document-routes.ts';

const cookie = (name: string, description: string) => ({ type: 'apiKey', in: 'cookie', name, description }) as const;

const SCOPE_TEXTS: Readonly<Record<OAuth2Scope, string>> = {
  sessions: 'Start sessions, and read what became of them.',
  authenticators: 'Bind passkeys.',
  bindings: 'Search, suspend, resume and delete bindings.',
  accounts: 'Replace a card. Issuers only.',
  events: 'Read events.',
  merchants: 'Register shops. Payment service providers only.',
};

/** The document's security schemes. */
export const SECURITY_SCHEMES = {
  oauth1: {
    type: 'http',
    scheme: 'OAuth',
    description:
      'OAuth 1.0a (RFC 5849) with RSA-SHA256, one leg, and the body’s SHA-256 in `oauth_body_hash`: as Mastercard’s `mastercard-oauth1-signer` libraries sign. The consumer key and the public key are part of the client’s registration. A nonce is taken once, a timestamp within five minutes.',
  },
  oauth2: {
    type: 'oauth2',
    description:
      'OAuth 2.0 with the FAPI 2.0 security profile: client credentials with `private_key_jwt` (PS256, ES256), and access tokens that are bound to a DPoP key (RFC 9449) with server nonces. Send `Authorization: DPoP …` and a `DPoP` header with a proof; a bearer token is refused. The public key is part of the client’s registration.',
    flows: { clientCredentials: { tokenUrl: TOKEN_PATH, scopes: SCOPE_TEXTS } },
  },
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'The access token of the launch address’s fragment. It opens its session once.',
  },
  ceremony: cookie(CEREMONY_COOKIE, 'Set when a session is opened, for that browser and session.'),
  challenge: cookie(CHALLENGE_COOKIE, 'Set with a challenge for the cardholder’s own page.'),
  visit: cookie(VISIT_COOKIE, 'Set when a cardholder has signed in to the own page; five minutes.'),
} as const;

type SchemeName = keyof typeof SECURITY_SCHEMES;
type Group = RouteGroup & { readonly security: readonly SchemeName[] };

/** For clients: issuers, merchants. */
export const CLIENTS: Group = {
  tags: ['clients'],
  security: ['oauth1', 'oauth2'],
  errors: [],
  signed: true,
  scopeOf: scopeOfRoute,
};
/** The token endpoint of OAuth 2.0. The caller authenticates in the form. */
export const TOKENS: Group = { tags: ['clients'], security: [], errors: [], tokenErrors: true };
/** For anybody. */
export const PUBLISHED: Group = { tags: ['published'], security: [], errors: [] };
/** For the operator's monitoring. */
export const OPERATIONS: Group = { tags: ['operations'], security: [], errors: [] };
/** For the hosted page. */
export const HOSTED_PAGE: Group = {
  tags: ['hosted page'],
  security: ['accessToken', 'ceremony'],
  errors: ['ACCESS_DENIED', 'ORIGIN_NOT_ALLOWED'],
};
/** For the cardholder's own page. */
export const OWN_PAGE: Group = {
  tags: ['own page'],
  security: ['challenge', 'visit'],
  errors: ['ACCESS_DENIED', 'ORIGIN_NOT_ALLOWED'],
};

export const TAGS = [
  { name: 'clients', description: 'Signed calls of issuers and merchants.' },
  { name: 'published', description: 'Keys and addresses that the network publishes.' },
  {
    name: 'hosted page',
    description: 'The back end of the page on which a cardholder creates or uses a passkey. Only that page calls it.',
  },
  { name: 'own page', description: 'The back end of the cardholder’s own page. Only that page calls it.' },
  { name: 'operations', description: 'Health and metrics.' },
];
