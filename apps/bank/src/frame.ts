/** The values of a request that every page needs: the language, the user who is signed in, the address of the page. */
import { type FormFrame, formFrameOf, isRecognised, readLanguageWishes } from '@payment-passkeys/web';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { chooseLanguage, type Language } from './language.ts';
import { SITE } from './site.ts';

/** For a page without forms. */
export interface BareFrame {
  readonly language: Language;
}

/** For a page with forms. */
export interface Frame extends BareFrame, FormFrame {}

/** For routes within `recogniseUsers`. The route of a form's answer passes `here`, the address of the form's page. */
export function frameOf(request: FastifyRequest, reply: FastifyReply): Frame {
  return { language: languageOf(request), ...formFrameOf(request, reply) };
}

/** For any request: without forms if it failed before its user was looked up. */
export function anyFrameOf(request: FastifyRequest, reply: FastifyReply): BareFrame | Frame {
  return isRecognised(request, reply) ? frameOf(request, reply) : { language: languageOf(request) };
}

/** For any request, also for one that failed before its cookies were read. */
export function languageOf(request: FastifyRequest): Language {
  return chooseLanguage(readLanguageWishes(request, SITE));
}
