/** From "Set up a payment passkey" to the network, and back. The start and the callback are routes of the kit. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { enrolmentRoutes } from '@payment-passkeys/issuer/fastify';
import { keepLanguage, replyWithProblem, type SignedIn, signInPath } from '@payment-passkeys/web';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { describeAccounts } from '../accounts/linkable.ts';
import { frameOf, languageOf } from '../frame.ts';
import { findLanguage } from '../language.ts';
import { SITE } from '../site.ts';
import { Uuid } from '../uuid.ts';
import { readAgreement } from './agreement.ts';
import { type Place, PlaceChoice, readPlace } from './catalogue.ts';
import { NEW_PATH } from './endings.ts';
import {
  buildEnrolmentOptions,
  type EnrolmentParts,
  NotAgreedError,
  SIGNED_IN_TO_READ_SECONDS,
  signedInWithin,
} from './enrolment.ts';
import { buildReadyPage } from './outcome-page.ts';
import { type AgreeProblem, buildRegistrationPage } from './registration-page.ts';

export function passkeyRoutes(parts: EnrolmentParts): FastifyPluginAsyncTypebox {
  const { consents, customers, records, clock } = parts;

  const showRegistration = async (
    { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
    {
      signedIn,
      place,
      problem,
    }: { readonly signedIn: SignedIn; readonly place: Place; readonly problem?: AgreeProblem },
  ): Promise<FastifyReply> => {
    const { userId: customerId } = signedIn;
    const [references, cards, consent] = await Promise.all([
      customers.findAccountReferences(customerId),
      customers.findCards(customerId),
      consents.show(place),
    ]);
    const accounts = describeAccounts(references, cards);
    const { catalogue } = consents;
    const frame = { ...frameOf(request, reply), language: findLanguage(place.language) ?? languageOf(request) };
    return reply.html(buildRegistrationPage({ frame, ...place, catalogue, accounts, consent, problem }));
  };

  /** The error handler of the kit's start route: shows the registration screen again. */
  const showAgain = (error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { signedIn } = request;
    if (!(error instanceof NotAgreedError) || signedIn === undefined) throw error;
    const place = readPlace(readAgreement(request).accepted, languageOf(request).tag);
    reply.code(422);
    return showRegistration({ request, reply }, { signedIn, place, problem: `agree.${error.code}` });
  };

  return async (app) => {
    app.get(NEW_PATH, { schema: { querystring: PlaceChoice } }, async (request, reply) => {
      const signedIn = signedInWithin(request, SIGNED_IN_TO_READ_SECONDS, clock());
      if (signedIn === undefined) return reply.redirect(signInPath(NEW_PATH), 303);
      const { country, language = languageOf(request).tag } = request.query;
      const chosen = request.query.language === undefined ? undefined : findLanguage(language);
      if (chosen) keepLanguage(reply, SITE, chosen.tag);
      return showRegistration({ request, reply }, { signedIn, place: { country, language } });
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
        const passkey = await records.findEnrolled({ clientSessionId, customerId: request.signedIn.userId });
        if (passkey === undefined) return replyWithProblem(request, reply, { status: 404 });
        return reply.html(buildReadyPage({ frame: frameOf(request, reply), ...passkey }));
      },
    );
  };
}
