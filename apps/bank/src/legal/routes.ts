/** Terms and privacy notice, which a consent links to. They need no sign-in. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Catalogue } from '@payment-passkeys/issuer/consent';
import { frameOf } from '../frame.ts';
import { findLanguage } from '../language.ts';
import { PlaceChoice } from '../passkeys/catalogue.ts';
import { buildLegalPage, LEGAL_DOCUMENTS } from './page.ts';

export function legalRoutes({ catalogue }: { readonly catalogue: Catalogue }): FastifyPluginAsyncTypebox {
  return async (app) => {
    for (const document of LEGAL_DOCUMENTS) {
      app.get(`/legal/${document}`, { schema: { querystring: PlaceChoice } }, (request, reply) => {
        const { country } = request.query;
        const frame = frameOf(request, reply);
        const language = findLanguage(request.query.language ?? '') ?? frame.language;
        // Without the language, so that the language chosen on this page is used.
        const here = `/legal/${document}?country=${country}`;
        return reply.html(buildLegalPage({ document, catalogue, country, frame: { ...frame, language, here } }));
      });
    }
  };
}
