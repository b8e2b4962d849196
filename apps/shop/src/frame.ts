/** What a request tells every page: language, cart, who is signed in. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CART_COOKIE_NAME, countOf, readCart } from './cart/cart.ts';
import { chooseLanguage, type Language } from './language.ts';
import type { Frame } from './layout.ts';

export const LANGUAGE_COOKIE_NAME = '__Host-shop_language';

export function languageOf(request: FastifyRequest): Language {
  return chooseLanguage({
    chosen: request.cookies[LANGUAGE_COOKIE_NAME],
    accepted: request.headers['accept-language'],
  });
}

export function frameOf(request: FastifyRequest, reply: FastifyReply): Frame {
  const { shopper: signedIn } = request;
  return {
    language: languageOf(request),
    csrfToken: reply.generateCsrf(),
    cartCount: countOf(readCart(request.cookies[CART_COOKIE_NAME])),
    signedIn: signedIn && { displayName: signedIn.displayName },
  };
}
