/** Every request knows who is signed in, and every POST carries a token of this browser. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SESSION_COOKIE_ATTRIBUTES, SESSION_COOKIE_NAME, type SessionStore, type SignedIn } from './session.ts';

declare module 'fastify' {
  interface FastifyRequest {
    signedIn: SignedIn | undefined;
  }
}

const CSRF_COOKIE_NAME = '__Host-bank_csrf';

/**
 * CSRF: a double submit. The secret is in a `__Host-` cookie, which no other host can plant; forms carry a token made from it; a POST
 * without a matching pair is refused before its handler runs. Sign-in and sign-out have the browser forget the secret, and with it all tokens.
 */
export async function recogniseCustomers(app: FastifyInstance, sessions: SessionStore): Promise<void> {
  const { default: csrf } = await import('@fastify/csrf-protection');
  await app.register(csrf, { cookieKey: CSRF_COOKIE_NAME, cookieOpts: SESSION_COOKIE_ATTRIBUTES });
  app.decorateRequest('signedIn', undefined);
  app.addHook('onRequest', async (request) => {
    const token = request.cookies[SESSION_COOKIE_NAME];
    request.signedIn = token ? await sessions.findSession(token) : undefined;
  });
  app.addHook('preHandler', (request, reply, done) => {
    if (request.method === 'GET') return done();
    app.csrfProtection(request, reply, done);
  });
}

export function setSessionCookie(reply: FastifyReply, token: string): void {
  reply.clearCookie(CSRF_COOKIE_NAME, SESSION_COOKIE_ATTRIBUTES);
  reply.setCookie(SESSION_COOKIE_NAME, token, SESSION_COOKIE_ATTRIBUTES);
}

export function clearSessionCookie(reply: FastifyReply): void {
  reply.clearCookie(CSRF_COOKIE_NAME, SESSION_COOKIE_ATTRIBUTES);
  reply.clearCookie(SESSION_COOKIE_NAME, SESSION_COOKIE_ATTRIBUTES);
}

export function sessionTokenOf(request: FastifyRequest): string | undefined {
  return request.cookies[SESSION_COOKIE_NAME];
}
