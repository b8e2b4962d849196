/** OAuth 2.0: the token endpoint, and the metadata of the authorization server (contract §21). */
import {
  AuthorizationServerMetadata,
  type AuthorizationServerMetadata as Metadata,
  OAUTH_METADATA_PATH,
  OAUTH2_ALGORITHMS,
  OAUTH2_SCOPES,
  SERVICE_ERRORS,
  TOKEN_PATH,
  TokenAnswer,
  TokenRequest,
} from '@payment-passkeys/protocol';
import { KEY_SET_MAX_AGE_SECONDS } from '../../domain/keys/key-ring.ts';
import type { Network } from '../../network.ts';
import { ServiceError } from '../../platform/errors/errors.ts';
import { TokenError } from '../../platform/errors/token-error.ts';
import { replyWithTokenError } from '../../platform/errors/token-replies.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import type { Limiter } from '../../platform/http/rate-limit.ts';
import type { ClientMetrics } from '../../platform/telemetry/client-metrics.ts';
import { takeForms } from './form-body.ts';
import { createTokenEndpoint } from './token.ts';

/** `GET /.well-known/oauth-authorization-server` (RFC 8414). */
export function metadataRoute(app: NetworkServer, { config: { publicUrl } }: Pick<Network, 'config'>): void {
  const metadata: Metadata = {
    issuer: publicUrl,
    token_endpoint: publicUrl + TOKEN_PATH,
    jwks_uri: `${publicUrl}/.well-known/jwks.json`,
    scopes_supported: [...OAUTH2_SCOPES],
    response_types_supported: [],
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: [...OAUTH2_ALGORITHMS],
    dpop_signing_alg_values_supported: [...OAUTH2_ALGORITHMS],
  };
  app.get(
    OAUTH_METADATA_PATH,
    {
      schema: {
        operationId: 'readOAuthMetadata',
        summary: 'Metadata of the OAuth 2.0 authorization server',
        response: { 200: AuthorizationServerMetadata },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', `public, max-age=${KEY_SET_MAX_AGE_SECONDS}`);
      return metadata;
    },
  );
}

/** `POST /oauth2/token`. Every error has the form of RFC 6749 §5.2. */
export function tokenRoute(app: NetworkServer, network: Network, limitClient: Limiter): void {
  takeForms(app);
  const grant = createTokenEndpoint(network, limitClient);
  app.post(
    TOKEN_PATH,
    {
      schema: {
        operationId: 'requestAccessToken',
        summary: 'Get an access token',
        consumes: ['application/x-www-form-urlencoded'],
        body: TokenRequest,
        response: { 200: TokenAnswer },
      },
    },
    (request, reply) => grant(request, reply),
  );
  app.setErrorHandler((error, request, reply) => {
    countRefusal(error, network.metrics.clients);
    return replyWithTokenError(error, { request, reply });
  });
}

/** As in the guard of signed requests, a failure of the network itself and the request for a nonce are not counted. */
function countRefusal(error: unknown, clients: ClientMetrics): void {
  if (error instanceof TokenError) {
    if (error.code !== 'use_dpop_nonce') clients.callRefused(error.detail.client);
  } else if (error instanceof ServiceError && SERVICE_ERRORS[error.code].status < 500) {
    clients.callRefused(undefined);
  }
}
