/** The published key sets: the keys that verify proofs and deliveries of events, and the keys that payloads are encrypted with. */
import { buildEncryptionKeySet, buildSigningKeySet, buildWebhookKeySet } from '@payment-passkeys/channel';
import { WEBHOOK_KEYS_PATH, WebhookKeySet } from '@payment-passkeys/protocol';
import Type from 'typebox';
import {
  KEY_SET_MAX_AGE_SECONDS,
  publishedEncryptionKeys,
  publishedSigningKeys,
  publishedWebhookKeys,
} from '../../domain/keys/key-ring.ts';
import type { Network } from '../../network.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';

const RSA_KEY = {
  kty: Type.Literal('RSA'),
  /** Modulus and exponent, base64url. */
  n: Type.String(),
  e: Type.String(),
  kid: Type.String(),
};
/** The `aud` of proofs, as an additional member (RFC 7517 §5). A client that expects another value notices before its first session. */
const AUDIENCE = { audience: Type.String() };

const ProofKeySet = Type.Object({
  keys: Type.Array(Type.Object({ ...RSA_KEY, use: Type.Literal('sig'), alg: Type.Literal('RS256') })),
  ...AUDIENCE,
});
const EncryptionKeySet = Type.Object({
  keys: Type.Array(
    Type.Object({
      ...RSA_KEY,
      use: Type.Literal('enc'),
      alg: Type.Literal('RSA-OAEP-256'),
      /** The certificate, base64. */
      x5c: Type.Array(Type.String(), { minItems: 1, maxItems: 1 }),
      /** Its SHA-256, base64url. */
      'x5t#S256': Type.String(),
    }),
  ),
  ...AUDIENCE,
});

const CACHE_CONTROL = `public, max-age=${KEY_SET_MAX_AGE_SECONDS}`;

export function keyRoutes(app: NetworkServer, network: Pick<Network, 'config' | 'keys' | 'clock'>): void {
  const { audience } = network.config;
  app.get(
    '/.well-known/jwks.json',
    {
      schema: {
        operationId: 'readProofKeys',
        summary: 'Keys that verify proofs',
        response: { 200: Type.Unsafe<unknown>(ProofKeySet) },
      },
    },
    async (_request, reply) => {
      reply.headers({ 'cache-control': CACHE_CONTROL, 'content-type': 'application/jwk-set+json' });
      const set = buildSigningKeySet(publishedSigningKeys(network.keys.current(), network.clock()));
      return { ...set, audience };
    },
  );
  app.get(
    '/keys/encryption',
    {
      schema: {
        operationId: 'readEncryptionKeys',
        summary: 'Keys that payloads are encrypted with',
        response: { 200: Type.Unsafe<unknown>(EncryptionKeySet) },
      },
    },
    async (_request, reply) => {
      reply.headers({ 'cache-control': CACHE_CONTROL, 'content-type': 'application/jwk-set+json' });
      const set = buildEncryptionKeySet(publishedEncryptionKeys(network.keys.current(), network.clock()));
      return { ...set, audience };
    },
  );
  app.get(
    WEBHOOK_KEYS_PATH,
    {
      schema: {
        operationId: 'readWebhookKeys',
        summary: 'Keys that verify deliveries of events',
        response: { 200: WebhookKeySet },
      },
    },
    async (_request, reply) => {
      reply.headers({ 'cache-control': CACHE_CONTROL, 'content-type': 'application/jwk-set+json' });
      return buildWebhookKeySet(publishedWebhookKeys(network.keys.current(), network.clock()));
    },
  );
}
