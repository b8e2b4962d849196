/** For every page: the user who is signed in, and the check of a form's token. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refuseNul, replyWithProblem } from '../http/problems.ts';
import { COOKIE_ATTRIBUTES, cookieName, type Site, sessionCookieName } from '../site.ts';
import type { SessionStore, SignedIn } from './session.ts';

declare module 'fastify' {
  interface FastifyRequest {
    signedIn: SignedIn | undefined;
  }
}

/**
 * For the scope that contains all pages. It also answers unknown addresses, with the page for 404. CSRF: a double submit. The secret is in
 * a `__Host-` cookie, which no other host can set. A form contains a token derived from it; a script sends the token as `csrf-token`. A
 * POST without a matching pair is refused before its handler runs. Sign-in and sign-out delete the browser's secret, and so invalidate its
 * tokens.
 */
export async function recogniseUsers(
  pages: FastifyInstance,
  { site, sessions }: { readonly site: Site; readonly sessions: SessionStore },
): Promise<void> {
  const { default: csrf } = await import('@fastify/csrf-protection');
  await pages.register(csrf, { cookieKey: csrfCookieName(site), cookieOpts: COOKIE_ATTRIBUTES });
  refuseNul(pages);
  pages.decorateRequest('signedIn', undefined);
  pages.addHook('onRequest', async (request) => {
    const token = sessionTokenOf(request, site);
    request.signedIn = token ? await sessions.findSession(token) : undefined;
  });
  pages.addHook('preHandler', (request, reply, done) => {
    if (request.method === 'GET' || request.is404) return done();
    pages.csrfProtection(request, reply, done);
  });
  pages.setNotFoundHandler((request, reply) => replyWithProblem(request, reply, { status: 404 }));
}

/** Whether {@link recogniseUsers} has processed the request, so that a page with forms can be built for it. */
export function isRecognised(request: FastifyRequest, reply: FastifyReply): boolean {
  return request.cookies !== undefined && 'generateCsrf' in reply;
}

export function setSessionCookie(reply: FastifyReply, site: Site, token: string): void {
  reply.clearCookie(csrfCookieName(site), COOKIE_ATTRIBUTES);
  reply.setCookie(sessionCookieName(site), token, COOKIE_ATTRIBUTES);
}

export function clearSessionCookie(reply: FastifyReply, site: Site): void {
  reply.clearCookie(csrfCookieName(site), COOKIE_ATTRIBUTES);
  reply.clearCookie(sessionCookieName(site), COOKIE_ATTRIBUTES);
}

export function sessionTokenOf(request: FastifyRequest, site: Site): string | undefined {
  return request.cookies[sessionCookieName(site)];
}

function csrfCookieName(site: Site): string {
  return cookieName(site, 'csrf');
}
