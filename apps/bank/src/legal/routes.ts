/** Terms and privacy notice, for everyone: the network and the cardholder open what a consent names. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { CountryChoice, LanguageChoice } from '../passkeys/choices.ts';
import { LEGAL_DOCUMENTS } from './documents.ts';
import { buildLegalPage } from './page.ts';

const Place = Type.Object({ country: CountryChoice, language: LanguageChoice });

export function legalRoutes(): FastifyPluginAsyncTypebox {
  return async (app) => {
    for (const document of LEGAL_DOCUMENTS) {
      app.get(`/legal/${document}`, { schema: { querystring: Place } }, (request, reply) =>
        reply.html(buildLegalPage({ document, ...request.query })),
      );
    }
  };
}
