/** The published key sets: the keys that verify proofs and deliveries of events, and the keys that payloads are encrypted with. */
import { buildEncryptionKeySet, buildSigningKeySet, buildWebhookKeySet } from '@payment-passkeys/channel';
import { WEBHOOK_KEYS_PATH, WebhookKeySet } from '@payment-passkeys/protocol';
import {
  KEY_SET_MAX_AGE_SECONDS,
  publishedEncryptionKeys,
  publishedSigningKeys,
  publishedWebhookKeys,
} from '../../domain/keys/key-ring.ts';
import type { Network } from '../../network.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';

const CACHE_CONTROL = `public, max-age=${KEY_SET_MAX_AGE_SECONDS}`;

export function keyRoutes(app: NetworkServer, network: Pick<Network, 'config' | 'keys' | 'clock'>): void {
  // A further member (RFC 7517 §5): the `aud` of proofs. A client that expects another one learns it before its first session.
  const { audience } = network.config;
  app.get('/.well-known/jwks.json', { schema: { summary: 'Keys that verify proofs' } }, async (_request, reply) => {
    reply.headers({ 'cache-control': CACHE_CONTROL, 'content-type': 'application/jwk-set+json' });
    const set = buildSigningKeySet(publishedSigningKeys(network.keys.current(), network.clock()));
    return { ...set, audience };
  });
  app.get(
    '/keys/encryption',
    { schema: { summary: 'Keys that payloads are encrypted with' } },
    async (_request, reply) => {
      reply.headers({ 'cache-control': CACHE_CONTROL, 'content-type': 'application/jwk-set+json' });
      const set = buildEncryptionKeySet(publishedEncryptionKeys(network.keys.current(), network.clock()));
      return { ...set, audience };
    },
  );
  app.get(
    WEBHOOK_KEYS_PATH,
    { schema: { summary: 'Keys that verify deliveries of events', response: { 200: WebhookKeySet } } },
    async (_request, reply) => {
      reply.headers({ 'cache-control': CACHE_CONTROL, 'content-type': 'application/jwk-set+json' });
      return buildWebhookKeySet(publishedWebhookKeys(network.keys.current(), network.clock()));
    },
  );
}
