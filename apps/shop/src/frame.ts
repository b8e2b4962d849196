/** What a request tells every page: language, cart, who is signed in. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CART_COOKIE_NAME, countOf, readCart } from './cart/cart.ts';
import { chooseLanguage, chooseLocale, type Language, type LanguageWishes } from './language.ts';
import type { BareFrame, Frame } from './layout.ts';

export const LANGUAGE_COOKIE_NAME = '__Host-shop_language';

export function languageOf(request: FastifyRequest): Language {
  return chooseLanguage(wishesOf(request));
}

/** For the network. */
export function localeOf(request: FastifyRequest): { readonly locale?: string } {
  const locale = chooseLocale(wishesOf(request));
  return locale === undefined ? {} : { locale };
}

export function frameOf(request: FastifyRequest, reply: FastifyReply): Frame {
  const { shopper: signedIn } = request;
  return {
    language: languageOf(request),
    csrfToken: reply.generateCsrf(),
    // The answer to a form has no address of its own; its route names the page that the form is on.
    here: request.method === 'GET' ? request.url : '/',
    cartCount: countOf(readCart(request.cookies[CART_COOKIE_NAME])),
    signedIn: signedIn && { displayName: signedIn.displayName },
  };
}

/** For a request that failed before any hook: its shopper is not known. */
export function bareFrameOf({ headers, server }: FastifyRequest): BareFrame {
  const cookies = server.parseCookie(headers.cookie ?? '');
  const wishes = { chosen: cookies[LANGUAGE_COOKIE_NAME], accepted: headers['accept-language'] };
  return { language: chooseLanguage(wishes), cartCount: countOf(readCart(cookies[CART_COOKIE_NAME])) };
}

function wishesOf({ cookies, headers }: FastifyRequest): LanguageWishes {
  return { chosen: cookies[LANGUAGE_COOKIE_NAME], accepted: headers['accept-language'] };
}
