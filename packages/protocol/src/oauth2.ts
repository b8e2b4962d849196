/** OAuth 2.0 with the FAPI 2.0 security profile, contract §21: the token endpoint, its errors, and the server's metadata (RFC 8414). */
import Type, { type Static } from 'typebox';
import type { ClientRegistration } from './clients.ts';

/** Takes the form of {@link TokenRequest}: `application/x-www-form-urlencoded`. */
export const TOKEN_PATH = '/oauth2/token';
/** Answers {@link AuthorizationServerMetadata}. */
export const OAUTH_METADATA_PATH = '/.well-known/oauth-authorization-server';

/** How long an access token is valid. */
export const ACCESS_TOKEN_SECONDS = 15 * 60;
/** How far in the future the `exp` of a client assertion may be. */
export const CLIENT_ASSERTION_SECONDS = 5 * 60;
/** How long after its `iat` a DPoP proof is accepted, besides the tolerance for clocks. */
export const DPOP_PROOF_SECONDS = 90;
/** How long a server nonce is accepted after it was handed out. */
export const DPOP_NONCE_SECONDS = 5 * 60;

/** The algorithms of client assertions and DPoP proofs. */
export const OAUTH2_ALGORITHMS = ['PS256', 'ES256'] as const;
export type OAuth2Algorithm = (typeof OAUTH2_ALGORITHMS)[number];

/** RFC 7523 §2.2. */
export const CLIENT_ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** What a token allows. `merchants` is for payment service providers. */
export const OAUTH2_SCOPES = ['sessions', 'authenticators', 'bindings', 'accounts', 'events', 'merchants'] as const;
export type OAuth2Scope = (typeof OAUTH2_SCOPES)[number];

const SCOPES_OF_ROLE = {
  issuer: ['sessions', 'authenticators', 'bindings', 'accounts', 'events'],
  merchant: ['sessions', 'authenticators', 'bindings', 'events'],
} as const satisfies Record<ClientRegistration['role'], readonly OAuth2Scope[]>;

/** The scopes that a client can be granted: those of its role, and `merchants` for a payment service provider. */
export function scopesOf({
  role,
  provider,
}: {
  readonly role: ClientRegistration['role'];
  readonly provider: boolean;
}): readonly OAuth2Scope[] {
  return provider ? [...SCOPES_OF_ROLE[role], 'merchants'] : SCOPES_OF_ROLE[role];
}

/** The form that is posted to the token endpoint. */
export const TokenRequest = Type.Object({
  grant_type: Type.Literal('client_credentials'),
  client_assertion_type: Type.Literal(CLIENT_ASSERTION_TYPE),
  /** A JWT that the client signed: `iss` and `sub` its clientId, `aud` the network's public URL or the token endpoint. */
  client_assertion: Type.String({ maxLength: 4096 }),
  /** If it is given, it has to be the `sub` of the assertion. */
  client_id: Type.Optional(Type.String({ maxLength: 64 })),
  /** Separated by spaces. Absent: all scopes that the client can have. */
  scope: Type.Optional(Type.String({ maxLength: 200 })),
});
export type TokenRequest = Static<typeof TokenRequest>;

/** The answer of the token endpoint (RFC 6749 §5.1). */
export const TokenAnswer = Type.Object({
  /** Opaque for the client. */
  access_token: Type.String({ maxLength: 4096 }),
  token_type: Type.Literal('DPoP'),
  /** In seconds. */
  expires_in: Type.Integer(),
  /** The granted scopes, separated by spaces. */
  scope: Type.String({ maxLength: 200 }),
});
export type TokenAnswer = Static<typeof TokenAnswer>;

/** The claims of an access token (RFC 9068, RFC 9449 §6.1). Only the network reads them. */
export const AccessTokenClaims = Type.Object({
  /** The network's public URL. */
  iss: Type.String({ maxLength: 500 }),
  aud: Type.String({ maxLength: 500 }),
  sub: Type.String({ maxLength: 64 }),
  client_id: Type.String({ maxLength: 64 }),
  /** Separated by spaces. */
  scope: Type.String({ maxLength: 200 }),
  iat: Type.Integer(),
  exp: Type.Integer(),
  jti: Type.String({ maxLength: 64 }),
  /** The thumbprint of the DPoP key (RFC 9449 §6.1). */
  cnf: Type.Object({ jkt: Type.String({ maxLength: 64 }) }),
  /** The fingerprint of the key that the client has authenticated with. Without that key in its registration, the token is not accepted. */
  client_key: Type.String({ maxLength: 64 }),
});
export type AccessTokenClaims = Static<typeof AccessTokenClaims>;

/** The errors of the token endpoint (RFC 6749 §5.2, RFC 9449 §5 and §8): status and public sentence. */
export const TOKEN_ERRORS = {
  invalid_request: {
    status: 400,
    sentence: 'A parameter is missing, is there more than once, or is malformed; or the body is not a form.',
  },
  invalid_client: { status: 401, sentence: 'The client is not known, is suspended, or its assertion is not accepted.' },
  unsupported_grant_type: { status: 400, sentence: 'The grant_type has to be client_credentials.' },
  invalid_scope: { status: 400, sentence: 'A scope is unknown, or is not one that the client can have.' },
  invalid_dpop_proof: { status: 400, sentence: 'The DPoP header is missing, or its proof is not accepted.' },
  use_dpop_nonce: {
    status: 400,
    sentence: 'The proof needs the nonce of the DPoP-Nonce header; send it again with it.',
  },
  server_error: { status: 500, sentence: 'Something went wrong here; name the request id when you ask about it.' },
  temporarily_unavailable: {
    status: 503,
    sentence: 'The service is not available just now; try again as Retry-After says.',
  },
} as const satisfies Record<string, { readonly status: number; readonly sentence: string }>;

/** A key of `TOKEN_ERRORS`. */
export type TokenErrorCode = keyof typeof TOKEN_ERRORS;

/** The body of an error of the token endpoint. */
export const TokenErrorAnswer = Type.Object({
  error: Type.Enum(Object.keys(TOKEN_ERRORS) as TokenErrorCode[]),
  /** Never has a value of the request. */
  error_description: Type.String({ maxLength: 500 }),
});
export type TokenErrorAnswer = Static<typeof TokenErrorAnswer>;

/** The metadata of the authorization server (RFC 8414). */
export const AuthorizationServerMetadata = Type.Object({
  issuer: Type.String({ maxLength: 500 }),
  token_endpoint: Type.String({ maxLength: 500 }),
  jwks_uri: Type.String({ maxLength: 500 }),
  scopes_supported: Type.Array(Type.Enum(OAUTH2_SCOPES)),
  /** Empty: there is no authorization endpoint. */
  response_types_supported: Type.Array(Type.String({ maxLength: 32 })),
  grant_types_supported: Type.Array(Type.Literal('client_credentials')),
  token_endpoint_auth_methods_supported: Type.Array(Type.Literal('private_key_jwt')),
  token_endpoint_auth_signing_alg_values_supported: Type.Array(Type.Enum(OAUTH2_ALGORITHMS)),
  dpop_signing_alg_values_supported: Type.Array(Type.Enum(OAUTH2_ALGORITHMS)),
});
export type AuthorizationServerMetadata = Static<typeof AuthorizationServerMetadata>;
