/** The values of a request that every page needs: language, cart, the user who is signed in. */
import { type FormFrame, formFrameOf, isRecognised, readLanguageWishes } from '@payment-passkeys/web';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { chooseLanguage, chooseLocale, type Language } from './language.ts';
import { cartOf, countOf } from './products/cart.ts';
import { SITE } from './site.ts';

/** For a page without forms. */
export interface BareFrame {
  readonly language: Language;
  readonly cartCount: number;
}

/** For a page with forms. */
export interface Frame extends BareFrame, FormFrame {}

/** For routes within `recogniseUsers`. The route of a form's answer passes `here`, the address of the form's page. */
export function frameOf(request: FastifyRequest, reply: FastifyReply): Frame {
  return { ...bareFrameOf(request), ...formFrameOf(request, reply) };
}

/** For any request: without forms if it failed before its user was looked up. */
export function anyFrameOf(request: FastifyRequest, reply: FastifyReply): BareFrame | Frame {
  return isRecognised(request, reply) ? frameOf(request, reply) : bareFrameOf(request);
}

export function languageOf(request: FastifyRequest): Language {
  return chooseLanguage(readLanguageWishes(request, SITE));
}

/** The locale to send to the network. */
export function localeOf(request: FastifyRequest): { readonly locale?: string } {
  const locale = chooseLocale(readLanguageWishes(request, SITE));
  return locale === undefined ? {} : { locale };
}

function bareFrameOf(request: FastifyRequest): BareFrame {
  return { language: languageOf(request), cartCount: countOf(cartOf(request)) };
}
