/** Terms and privacy notice, for everyone: the network and the cardholder open what a consent names. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Catalogue } from '@payment-passkeys/issuer/consent';
import { languageOf } from '../frame.ts';
import { findLanguage } from '../language.ts';
import { PlaceChoice } from '../passkeys/catalogue.ts';
import { buildLegalPage, LEGAL_DOCUMENTS } from './page.ts';

export function legalRoutes({ catalogue }: { readonly catalogue: Catalogue }): FastifyPluginAsyncTypebox {
  return async (app) => {
    for (const document of LEGAL_DOCUMENTS) {
      app.get(`/legal/${document}`, { schema: { querystring: PlaceChoice } }, (request, reply) => {
        const language = findLanguage(request.query.language ?? '') ?? languageOf(request);
        return reply.html(buildLegalPage({ document, catalogue, country: request.query.country, language }));
      });
    }
  };
}
