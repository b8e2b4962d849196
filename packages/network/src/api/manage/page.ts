/**
 * `GET /auth/passkeys/manage`: the cardholder's own page (contract §17), and the well-known address by which password managers find it. The page is
 * the same for everybody: it holds no data of a cardholder.
 */
import { MANAGE_PATH, PASSKEY_ENDPOINTS_PATH } from '@payment-passkeys/protocol';
import Type from 'typebox';
import type { Network } from '../../network.ts';
import { encodeText } from '../../platform/http/encoded-text.ts';
import { pageHeaders } from '../../platform/http/headers.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { buildHostedPage } from '../../platform/pages/hosted-page.ts';

const ENDPOINTS_MAX_AGE_SECONDS = 60 * 60;

export async function managePageRoutes(app: NetworkServer, { config }: Pick<Network, 'config'>): Promise<void> {
  const { template, styleSource } = await buildHostedPage(config, 'manage');
  const headers = pageHeaders(styleSource);
  app.get(MANAGE_PATH, { schema: { summary: "The cardholder's own page", hide: true } }, async (request, reply) => {
    const { body, headers: encoding } = encodeText(template, request.headers['accept-encoding']);
    return reply.headers({ ...headers, ...encoding }).send(body);
  });
  // Without `enroll`: a passkey is created in a bank's or a shop's own flow, never from an address of the network.
  app.get(
    PASSKEY_ENDPOINTS_PATH,
    {
      schema: {
        operationId: 'readPasskeyEndpoints',
        summary: 'Where passkeys are managed',
        response: { 200: Type.Object({ manage: Type.String({ format: 'uri' }) }) },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', `public, max-age=${ENDPOINTS_MAX_AGE_SECONDS}`);
      return { manage: config.publicUrl + MANAGE_PATH };
    },
  );
}
