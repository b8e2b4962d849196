/** From "Set up a payment passkey" to the network, and back. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { DEMO_SIGN_IN } from '../accounts/customers.ts';
import { maskAccounts } from '../accounts/masking.ts';
import { buildProblemPage } from '../http/problem-page.ts';
import { buildSignInPage } from '../sign-in/page.ts';
import { signInPath } from '../sign-in/routes.ts';
import type { SignedIn } from '../sign-in/session.ts';
import { frameOf } from '../sign-in/signed-in.ts';
import { CountryChoice, LanguageChoice } from './choices.ts';
import { CALLBACK_PATH, completeEnrolment, type EnrolmentParts, NEW_PATH, startEnrolment } from './enrolment.ts';
import { buildReadyPage } from './outcome-page.ts';
import { buildRegistrationPage } from './registration-page.ts';

export interface PasskeyRoutes extends EnrolmentParts {
  /** Shows the demonstration's username and password. */
  readonly demo: boolean;
}

/**
 * The network takes a sign-in of at most fifteen minutes ago. The registration screen asks for a fresher one, so that there is time
 * to read it; a customer who took longer signs in once more and reads on.
 */
const SIGNED_IN_TO_READ_SECONDS = 10 * 60;
const SIGNED_IN_TO_AGREE_SECONDS = 14 * 60;

const Choice = Type.Object({ country: CountryChoice, language: LanguageChoice });

export function passkeyRoutes(options: PasskeyRoutes): FastifyPluginAsyncTypebox {
  const { customers, records, clock, demo } = options;

  const signedInWithin = (request: FastifyRequest, seconds: number): SignedIn | undefined => {
    const age = request.signedIn && clock().getTime() - request.signedIn.signedInAt.getTime();
    return age !== undefined && age <= seconds * 1000 ? request.signedIn : undefined;
  };

  return async (app) => {
    app.get(NEW_PATH, { schema: { querystring: Choice } }, async (request, reply) => {
      const signedIn = signedInWithin(request, SIGNED_IN_TO_READ_SECONDS);
      if (signedIn === undefined) return reply.redirect(signInPath(NEW_PATH), 303);
      const accounts = maskAccounts(await customers.findAccountReferences(signedIn.customerId));
      return reply.html(buildRegistrationPage({ ...frameOf(signedIn, reply), ...request.query, accounts }));
    });

    app.post('/passkeys', { schema: { body: Choice } }, async (request, reply) => {
      const signedIn = signedInWithin(request, SIGNED_IN_TO_AGREE_SECONDS);
      if (signedIn === undefined) return reply.redirect(signInPath(NEW_PATH), 303);
      return startEnrolment(options, { signedIn, choice: request.body, request, reply });
    });

    app.get(CALLBACK_PATH, async (request, reply) => {
      const { signedIn } = request;
      // Not redirected to the sign-in: the proof would stand in one more address. The form brings the customer back here.
      if (signedIn === undefined) {
        const notice = 'You were signed out in the meantime. Sign in, and we go on where you left off.';
        const page = { csrfToken: reply.generateCsrf(), next: request.url, notice };
        return reply.html(buildSignInPage({ ...page, demoSignIn: demo ? DEMO_SIGN_IN : undefined }));
      }
      return completeEnrolment(options, { signedIn, request, reply });
    });

    app.get(
      '/passkeys/enrolments/:clientSessionId',
      { schema: { params: Type.Object({ clientSessionId: Type.String({ pattern: '^[0-9a-f-]{36}$' }) }) } },
      async (request, reply) => {
        if (request.signedIn === undefined) return reply.redirect(signInPath(request.url), 303);
        const { clientSessionId } = request.params;
        const passkey = await records.findEnrolled({ clientSessionId, customerId: request.signedIn.customerId });
        if (passkey === undefined) return reply.code(404).html(buildProblemPage({ status: 404 }));
        return reply.html(buildReadyPage({ ...frameOf(request.signedIn, reply), accounts: passkey.accounts }));
      },
    );
  };
}
