/** A user's choice of language: a cookie, and the form at the foot of every page that sets it. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { COOKIE_ATTRIBUTES, cookieName, type Site } from '../site.ts';

const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** The languages of a request. */
export interface LanguageWishes {
  /** The tag that the user chose on this site, untrusted. */
  readonly chosen: string | undefined;
  /** The Accept-Language header. */
  readonly accepted: string | undefined;
}

/** For any request, also for one that failed before its cookies were read. */
export function readLanguageWishes({ headers, server }: FastifyRequest, site: Pick<Site, 'name'>): LanguageWishes {
  const cookies = server.parseCookie(headers.cookie ?? '');
  return { chosen: cookies[languageCookieName(site)], accepted: headers['accept-language'] };
}

/** Stores the language for this browser's later pages. */
export function keepLanguage(reply: FastifyReply, site: Pick<Site, 'name'>, tag: string): void {
  reply.setCookie(languageCookieName(site), tag, { ...COOKIE_ATTRIBUTES, maxAge: YEAR_SECONDS });
}

const LanguageForm = Type.Object({
  language: Type.String({ maxLength: 35 }),
  /** The page on which the language was chosen. */
  next: Type.Optional(Type.String({ maxLength: 8192 })),
});

/**
 * A path of our site. It starts with one slash and no second slash or backslash, because two begin the address of another host (WHATWG URL
 * §4.4).
 */
const OWN_PATH = /^\/(?![/\\])[\x21-\x7e]*$/;

export function languageRoutes({
  site,
  isLanguage,
}: {
  readonly site: Pick<Site, 'name'>;
  /** Whether the site has this language. */
  readonly isLanguage: (tag: string) => boolean;
}): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post('/language', { schema: { body: LanguageForm } }, async (request, reply) => {
      const { language, next = '/' } = request.body;
      if (isLanguage(language)) keepLanguage(reply, site, language);
      return reply.redirect(OWN_PATH.test(next) ? next : '/', 303);
    });
  };
}

function languageCookieName(site: Pick<Site, 'name'>): string {
  return cookieName(site, 'language');
}
