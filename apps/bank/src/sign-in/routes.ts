/** Sign in, sign out. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { type CustomerStore, DEMO_SIGN_IN } from '../accounts/customers.ts';
import { frameOf } from '../frame.ts';
import { replyWithProblem } from '../http/problems.ts';
import { UUID } from '../http/uuid.ts';
import { buildSignInPage } from './page.ts';
import type { PasswordCheck } from './password-check.ts';
import type { SessionStore } from './session.ts';
import { clearSessionCookie, sessionTokenOf, setSessionCookie } from './signed-in.ts';
import type { SignInThrottle } from './throttle.ts';

export interface SignInRoutes {
  readonly customers: CustomerStore;
  readonly sessions: SessionStore;
  readonly throttle: SignInThrottle;
  readonly passwords: PasswordCheck;
  /** Shows the demonstration's username and password. */
  readonly demo: boolean;
}

/** Our own paths that a sign-in may go on to; anything else goes to the overview. The callback's keeps its query. */
const NEXT = new RegExp(
  `^/(verification/confirm|passkeys/(new|consents(/${UUID})?|enrolments/${UUID}|callback\\?[\\x21-\\x7e]{1,8000}))$`,
);

const SignInForm = Type.Object({
  username: Type.String({ maxLength: 64 }),
  password: Type.String({ maxLength: 256 }),
  next: Type.Optional(Type.String({ maxLength: 8192 })),
});

/** Where to sign in, to go on to `next` afterwards. */
export function signInPath(next: string): string {
  return `/sign-in?next=${encodeURIComponent(next)}`;
}

export function signInRoutes({
  customers,
  sessions,
  throttle,
  passwords,
  demo,
}: SignInRoutes): FastifyPluginAsyncTypebox {
  const demoSignIn = demo ? DEMO_SIGN_IN : undefined;
  return async (app) => {
    app.get(
      '/sign-in',
      { schema: { querystring: Type.Object({ next: Type.Optional(Type.String()) }) } },
      (request, reply) => {
        const next = readNext(request.query.next);
        if (request.signedIn && next === undefined) return reply.redirect('/', 303);
        const notice = request.signedIn && 'signIn.again';
        return reply.html(buildSignInPage({ frame: frameOf(request, reply), next, notice, demoSignIn }));
      },
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
      const credentials = await customers.findCredentials(username);
      const verdict = await passwords.compare(password, credentials?.passwordHash);
      if (verdict === 'BUSY') {
        await throttle.giveBack(attempt);
        return replyWithProblem(request, reply, { status: 503 });
      }
      if (credentials === undefined || verdict !== 'MATCHES') {
        const frame = frameOf(request, reply, { here: next === undefined ? '/sign-in' : signInPath(next) });
        const page = { frame, next, username, refused: true, demoSignIn };
        return reply.code(422).html(buildSignInPage(page));
      }
      await throttle.forgive(attempt);
      const before = sessionTokenOf(request);
      if (before !== undefined) await sessions.endSession(before);
      setSessionCookie(reply, await sessions.openSession(credentials.customerId));
      return reply.redirect(next ?? '/', 303);
    });

    app.post('/sign-out', async (request, reply) => {
      const token = sessionTokenOf(request);
      if (token !== undefined) await sessions.endSession(token);
      clearSessionCookie(reply);
      return reply.redirect('/sign-in', 303);
    });
  };
}

function readNext(text: string | undefined): string | undefined {
  return text !== undefined && NEXT.test(text) ? text : undefined;
}
