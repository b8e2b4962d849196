/** Terms and privacy notice, for everyone: the network and the cardholder open what a consent names. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Catalogue } from '@payment-passkeys/issuer/consent';
import { PlaceChoice } from '../passkeys/catalogue.ts';
import { LEGAL_DOCUMENTS } from './documents.ts';
import { buildLegalPage } from './page.ts';

export function legalRoutes({ catalogue }: { readonly catalogue: Catalogue }): FastifyPluginAsyncTypebox {
  return async (app) => {
    for (const document of LEGAL_DOCUMENTS) {
      app.get(`/legal/${document}`, { schema: { querystring: PlaceChoice } }, (request, reply) =>
        reply.html(buildLegalPage({ document, catalogue, ...request.query })),
      );
    }
  };
}
