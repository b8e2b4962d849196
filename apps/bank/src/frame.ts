/** What a request tells every page: the language, who is signed in, where the page is. */
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

/** For routes within `recogniseUsers`. The route of a form's answer names `here`, the page that the form is on. */
export function frameOf(request: FastifyRequest, reply: FastifyReply): Frame {
  return { language: languageOf(request), ...formFrameOf(request, reply) };
}

/** For any request: without forms where it failed before its user was looked up. */
export function anyFrameOf(request: FastifyRequest, reply: FastifyReply): BareFrame | Frame {
  return isRecognised(request, reply) ? frameOf(request, reply) : { language: languageOf(request) };
}

/** For any request, also for one that failed before its cookies were read. */
export function languageOf(request: FastifyRequest): Language {
  return chooseLanguage(readLanguageWishes(request, SITE));
}
