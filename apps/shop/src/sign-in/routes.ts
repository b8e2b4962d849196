/** Sign in, sign out, and the language. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { frameOf, LANGUAGE_COOKIE_NAME } from '../frame.ts';
import { replyWithProblem } from '../http/problems.ts';
import { isLanguage } from '../language.ts';
import { buildSignInPage } from './page.ts';
import type { PasswordCheck } from './password-check.ts';
import { SESSION_COOKIE_ATTRIBUTES, type SessionStore } from './session.ts';
import { DEMO_SHOPPER, type ShopperStore } from './shoppers.ts';
import { clearSessionCookie, sessionTokenOf, setSessionCookie } from './signed-in.ts';
import type { SignInThrottle } from './throttle.ts';

/** Our own paths that a sign-in may go on to; anything else goes to the start. A callback's keeps its query. */
const NEXT =
  /^\/(cart|cards(\/new)?|orders(\/[A-Z0-9-]{1,32}(\/pay)?)?|(payments|cards)\/callback\?[\x21-\x7e]{1,8000})$/;
const YEAR_SECONDS = 365 * 24 * 60 * 60;

const SignInForm = Type.Object({
  username: Type.String({ maxLength: 64 }),
  password: Type.String({ maxLength: 256 }),
  next: Type.Optional(Type.String({ maxLength: 8192 })),
});

/** Any page of our own: a path that no browser takes for another host. */
const OWN_PATH = /^\/(?![/\\])[\x21-\x7e]{0,8191}$/;

const LanguageForm = Type.Object({
  language: Type.String({ maxLength: 8 }),
  next: Type.Optional(Type.String({ maxLength: 8192 })),
});

/** Where to sign in, to go on to `next` afterwards. */
export function signInPath(next: string): string {
  return `/sign-in?next=${encodeURIComponent(next)}`;
}

/** The form itself, which brings the shopper back to where they are: a callback's proof stands in no further address. */
export function showSignIn(
  request: FastifyRequest,
  reply: FastifyReply,
  { demo, next }: { readonly demo: boolean; readonly next: string | undefined },
): FastifyReply {
  return reply.html(buildSignInPage({ ...frameOf(request, reply), next, demoSignIn: demo ? DEMO_SHOPPER : undefined }));
}

export function signInRoutes({
  shoppers,
  sessions,
  throttle,
  passwords,
  demo,
}: {
  readonly shoppers: ShopperStore;
  readonly sessions: SessionStore;
  readonly throttle: SignInThrottle;
  readonly passwords: PasswordCheck;
  /** Shows the demonstration's username and password. */
  readonly demo: boolean;
}): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/sign-in',
      { schema: { querystring: Type.Object({ next: Type.Optional(Type.String()) }) } },
      (request, reply) => showSignIn(request, reply, { demo, next: readNext(request.query.next) }),
    );

    app.post('/sign-in', { schema: { body: SignInForm } }, async (request, reply) => {
      const { password } = request.body;
      const username = request.body.username.trim().toLowerCase();
      const next = readNext(request.body.next);
      const attempt = { username, address: request.ip };
      const refusal = await throttle.takeAttempt(attempt);
      if (refusal !== undefined) {
        return replyWithProblem(request, reply, { status: 429, ...refusal });
      }
      const credentials = await shoppers.findCredentials(username);
      const verdict = await passwords.compare(password, credentials?.passwordHash);
      if (verdict === 'BUSY') {
        await throttle.giveBack(attempt);
        return replyWithProblem(request, reply, { status: 503 });
      }
      if (credentials === undefined || verdict !== 'MATCHES') {
        // Not by signInPath: a callback's proof stands in no further address.
        const page = { ...frameOf(request, reply), here: next ?? '/sign-in', next, username, refused: true };
        return reply.code(422).html(buildSignInPage({ ...page, demoSignIn: demo ? DEMO_SHOPPER : undefined }));
      }
      await throttle.forgive(attempt);
      const before = sessionTokenOf(request);
      if (before !== undefined) await sessions.endSession(before);
      setSessionCookie(reply, await sessions.openSession(credentials.shopperId));
      return reply.redirect(next ?? '/', 303);
    });

    app.post('/sign-out', async (request, reply) => {
      const token = sessionTokenOf(request);
      if (token !== undefined) await sessions.endSession(token);
      clearSessionCookie(reply);
      return reply.redirect('/', 303);
    });

    app.post('/language', { schema: { body: LanguageForm } }, async (request, reply) => {
      const { language, next = '/' } = request.body;
      if (isLanguage(language)) {
        reply.setCookie(LANGUAGE_COOKIE_NAME, language, { ...SESSION_COOKIE_ATTRIBUTES, maxAge: YEAR_SECONDS });
      }
      return reply.redirect(OWN_PATH.test(next) ? next : '/', 303);
    });
  };
}

function readNext(text: string | undefined): string | undefined {
  return text !== undefined && NEXT.test(text) ? text : undefined;
}
