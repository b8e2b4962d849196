/** From "Set up a payment passkey" to the network, and back; the two steps between are the kit's own routes. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { enrolmentRoutes } from '@payment-passkeys/issuer/fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { describeAccounts } from '../accounts/linkable.ts';
import { replyWithProblem } from '../http/problems.ts';
import { Uuid } from '../http/uuid.ts';
import { signInPath } from '../sign-in/routes.ts';
import type { SignedIn } from '../sign-in/session.ts';
import { frameOf } from '../sign-in/signed-in.ts';
import { readAgreement } from './agreement.ts';
import { type Place, PlaceChoice, readPlace } from './catalogue.ts';
import {
  buildEnrolmentOptions,
  type EnrolmentParts,
  NEW_PATH,
  NotAgreedError,
  SIGNED_IN_TO_READ_SECONDS,
  signedInWithin,
} from './enrolment.ts';
import { buildReadyPage } from './outcome-page.ts';
import { buildRegistrationPage } from './registration-page.ts';

/** What the person is told where no consent could be taken; in English, as every page of the bank but the screen itself. */
const PROBLEMS: Readonly<Record<NotAgreedError['code'], string>> = {
  NO_CARD: 'Choose at least one card, and agree again.',
  CONSENT_CHANGED: 'The text has changed since you opened this page. Please read it as it stands now, and agree again.',
  COUNTRY_NOT_ELIGIBLE: 'Cards of this country cannot have payment passkeys yet.',
  CONSENT_MALFORMED: 'We could not read what you agreed to. Please agree again.',
  COUNTRY_UNKNOWN: 'We do not know this country. Please choose it again.',
  LANGUAGE_UNKNOWN: 'We do not have this language. Please choose another one.',
};

export function passkeyRoutes(parts: EnrolmentParts): FastifyPluginAsyncTypebox {
  const { consents, customers, records, clock } = parts;

  const showRegistration = async (
    reply: FastifyReply,
    { signedIn, place, problem }: { readonly signedIn: SignedIn; readonly place: Place; readonly problem?: string },
  ): Promise<FastifyReply> => {
    const { customerId } = signedIn;
    const [references, cards, consent] = await Promise.all([
      customers.findAccountReferences(customerId),
      customers.findCards(customerId),
      consents.show(place),
    ]);
    const accounts = describeAccounts(references, cards);
    const { catalogue } = consents;
    return reply.html(
      buildRegistrationPage({ ...frameOf(signedIn, reply), ...place, catalogue, accounts, consent, problem }),
    );
  };

  /** The start's own error handler: the screen again, where the person was. */
  const showAgain = (error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { signedIn } = request;
    if (!(error instanceof NotAgreedError) || signedIn === undefined) throw error;
    const place = readPlace(readAgreement(request).accepted);
    return showRegistration(reply.code(422), { signedIn, place, problem: PROBLEMS[error.code] });
  };

  return async (app) => {
    app.get(NEW_PATH, { schema: { querystring: PlaceChoice } }, async (request, reply) => {
      const signedIn = signedInWithin(request, SIGNED_IN_TO_READ_SECONDS, clock());
      if (signedIn === undefined) return reply.redirect(signInPath(NEW_PATH), 303);
      return showRegistration(reply, { signedIn, place: request.query });
    });

    await app.register(async (kit) => {
      kit.setErrorHandler(showAgain);
      await kit.register(enrolmentRoutes(buildEnrolmentOptions({ ...parts, guardStart: app.csrfProtection })));
    });

    app.get(
      '/passkeys/enrolments/:clientSessionId',
      { schema: { params: Type.Object({ clientSessionId: Uuid }) } },
      async (request, reply) => {
        if (request.signedIn === undefined) return reply.redirect(signInPath(request.url), 303);
        const { clientSessionId } = request.params;
        const passkey = await records.findEnrolled({ clientSessionId, customerId: request.signedIn.customerId });
        if (passkey === undefined) return replyWithProblem(request, reply, { status: 404 });
        return reply.html(buildReadyPage({ ...frameOf(request.signedIn, reply), ...passkey }));
      },
    );
  };
}
