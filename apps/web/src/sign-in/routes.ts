/** Sign-in and sign-out. The site provides the form. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { replyWithProblem } from '../http/problems.ts';
import type { Site } from '../site.ts';
import type { PasswordCheck } from './password-check.ts';
import { clearSessionCookie, sessionTokenOf, setSessionCookie } from './recognise-users.ts';
import type { SessionStore } from './session.ts';
import type { SignInThrottle } from './throttle.ts';

/** The values for the form. */
export interface SignInAnswer {
  /** The page after the sign-in; one of the site's own paths. */
  readonly next: string | undefined;
  /** Present if the username and the password did not match. */
  readonly refused?: { readonly username: string };
}

export interface SignInRoutes {
  readonly site: Site;
  readonly sessions: SessionStore;
  readonly throttle: SignInThrottle;
  readonly passwords: PasswordCheck;
  /** `username` is trimmed and in lower case. */
  readonly findCredentials: (username: string) => Promise<Credentials | undefined>;
  /** The site's own paths that a sign-in may lead to; anything else leads to the start page. A callback keeps its query. */
  readonly nextPaths: RegExp;
  readonly afterSignOut: string;
  readonly showForm: (request: FastifyRequest, reply: FastifyReply, answer: SignInAnswer) => FastifyReply;
}

export interface Credentials {
  readonly userId: string;
  readonly passwordHash: string;
}

const SignInForm = Type.Object({
  username: Type.String({ maxLength: 64 }),
  password: Type.String({ maxLength: 256 }),
  next: Type.Optional(Type.String({ maxLength: 8192 })),
});

/** The address of the sign-in that leads to `next` afterwards. */
export function signInPath(next: string): string {
  return `/sign-in?next=${encodeURIComponent(next)}`;
}

export function signInRoutes(parts: SignInRoutes): FastifyPluginAsyncTypebox {
  const { site, sessions, throttle, passwords, findCredentials, nextPaths, afterSignOut, showForm } = parts;
  const readNext = (text: string | undefined) => (text !== undefined && nextPaths.test(text) ? text : undefined);
  return async (app) => {
    app.get(
      '/sign-in',
      { schema: { querystring: Type.Object({ next: Type.Optional(Type.String()) }) } },
      (request, reply) => showForm(request, reply, { next: readNext(request.query.next) }),
    );

    app.post('/sign-in', { schema: { body: SignInForm } }, async (request, reply) => {
      const { password } = request.body;
      const username = request.body.username.trim().toLowerCase();
      const next = readNext(request.body.next);
      const attempt = { username, address: request.ip };
      const refusal = await throttle.countAttempt(attempt);
      if (refusal !== undefined) {
        return replyWithProblem(request, reply, { status: 429, ...refusal });
      }
      const credentials = await findCredentials(username);
      const verdict = await passwords.compare(password, credentials?.passwordHash);
      if (verdict === 'BUSY') {
        await throttle.giveBack(attempt);
        return replyWithProblem(request, reply, { status: 503 });
      }
      if (credentials === undefined || verdict !== 'MATCHES') {
        return showForm(request, reply.code(422), { next, refused: { username } });
      }
      await throttle.forgive(attempt);
      const before = sessionTokenOf(request, site);
      if (before !== undefined) await sessions.endSession(before);
      setSessionCookie(reply, site, await sessions.openSession(credentials.userId));
      return reply.redirect(next ?? '/', 303);
    });

    app.post('/sign-out', async (request, reply) => {
      const token = sessionTokenOf(request, site);
      if (token !== undefined) await sessions.endSession(token);
      clearSessionCookie(reply, site);
      return reply.redirect(afterSignOut, 303);
    });
  };
}
