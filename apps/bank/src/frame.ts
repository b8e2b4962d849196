/** What a request tells every page: the language, who is signed in, where the page is. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { chooseLanguage, type Language } from './language.ts';
import { SESSION_COOKIE_ATTRIBUTES } from './sign-in/session.ts';

const LANGUAGE_COOKIE_NAME = '__Host-bank_language';
const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** Of a page that anybody may see, or that is shown before it is known who asks. */
export interface BareFrame {
  readonly language: Language;
}

/** Of a page with forms. */
export interface Frame extends BareFrame {
  readonly csrfToken: string;
  /** Where the page is, to come back to once the language is changed. */
  readonly here: string;
  readonly signedIn: { readonly displayName: string } | undefined;
}

/** For routes within `recogniseCustomers`. The answer to a form has no address of its own: it says which page the form is on. */
export function frameOf(request: FastifyRequest, reply: FastifyReply, { here = request.url } = {}): Frame {
  const { signedIn } = request;
  return {
    language: languageOf(request),
    csrfToken: reply.generateCsrf(),
    here,
    signedIn: signedIn && { displayName: signedIn.displayName },
  };
}

/** For any request, one that failed before its cookies were read included. */
export function languageOf({ headers, server }: FastifyRequest): Language {
  const cookies = server.parseCookie(headers.cookie ?? '');
  return chooseLanguage({ chosen: cookies[LANGUAGE_COOKIE_NAME], accepted: headers['accept-language'] });
}

/** From now on this browser's pages are in `language`. */
export function keepLanguage(reply: FastifyReply, language: Language): void {
  reply.setCookie(LANGUAGE_COOKIE_NAME, language.tag, { ...SESSION_COOKIE_ATTRIBUTES, maxAge: YEAR_SECONDS });
}
