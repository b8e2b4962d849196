/** The customer's own choice of language, from the foot of any page or from the registration screen. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { keepLanguage } from './frame.ts';
import { findLanguage } from './language.ts';

const LanguageForm = Type.Object({
  language: Type.String({ maxLength: 35 }),
  /** The page that the choice was made on. */
  next: Type.Optional(Type.String({ maxLength: 8192 })),
});

/** A path of ours: one slash and no backslash, as two begin the address of another host (WHATWG URL §4.4). */
const OWN_PATH = /^\/(?![/\\])[\x21-\x7e]*$/;

export function languageRoutes(): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post('/language', { schema: { body: LanguageForm } }, async (request, reply) => {
      const { language: tag, next = '/' } = request.body;
      const language = findLanguage(tag);
      if (language !== undefined) keepLanguage(reply, language);
      return reply.redirect(OWN_PATH.test(next) ? next : '/', 303);
    });
  };
}
