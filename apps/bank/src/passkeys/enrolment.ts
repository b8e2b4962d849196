/** The two moments of an enrolment: the customer leaves for the network, and comes back. */
import { BROWSER_COOKIE_NAME, type Issuer, IssuerError } from '@payment-passkeys/issuer/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CustomerStore } from '../accounts/customers.ts';
import { maskAccounts } from '../accounts/masking.ts';
import { buildComplianceResources, type LegalPlace } from '../legal/documents.ts';
import type { SignedIn } from '../sign-in/session.ts';
import { frameOf } from '../sign-in/signed-in.ts';
import {
  buildFailurePage,
  buildIgnoredPage,
  buildRefusedPage,
  buildUnreachablePage,
  type StoppedPage,
} from './outcome-page.ts';
import type { PasskeyRecords } from './records.ts';

export const NEW_PATH = '/passkeys/new';
export const CALLBACK_PATH = '/passkeys/callback';

export interface EnrolmentParts {
  readonly issuer: Issuer;
  readonly customers: CustomerStore;
  readonly records: PasskeyRecords;
  /** The bank's own origin. */
  readonly publicUrl: string;
  readonly clock: () => Date;
}

interface Exchange {
  readonly signedIn: SignedIn;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** The consent is on record before the browser leaves; then 303 to the network, with the kit's cookie. */
export async function startEnrolment(
  { issuer, customers, records, publicUrl, clock }: EnrolmentParts,
  { signedIn, choice, request, reply }: Exchange & { readonly choice: LegalPlace },
): Promise<FastifyReply> {
  const { customerId, signedInAt } = signedIn;
  const { country, language } = choice;
  const acceptedAt = clock();
  const accounts = await customers.findAccountReferences(customerId);
  const complianceResources = buildComplianceResources({ publicUrl, country, language });
  try {
    const { redirect, clientSessionId, cookie } = await issuer.startEnrolment({
      cardholderId: customerId,
      accounts,
      verification: { method: 'ISSUER_LOGIN', verifiedAt: signedInAt.toISOString() },
      consent: { country, language, acceptedAt: acceptedAt.toISOString() },
      complianceResources,
      callbackUri: new URL(CALLBACK_PATH, publicUrl).href,
      locale: `${language}-${country}`,
      browser: request.cookies[BROWSER_COOKIE_NAME],
    });
    const masked = maskAccounts(accounts);
    await records.addEnrolment({
      clientSessionId,
      customerId,
      accounts: masked,
      country,
      language,
      complianceResources,
      acceptedAt,
    });
    return reply.setCookie(cookie.name, cookie.value, cookie.attributes).redirect(redirect, 303);
  } catch (error) {
    return explainStop({ error, again: NEW_PATH, signedIn, request, reply });
  }
}

/**
 * A success is redirected to a page of its own, so that the proof leaves the address bar and the history; going to the callback again
 * leads there again. A failure is shown where it arrived: its address holds no secret, and nothing of it is kept, as nobody signed it.
 */
export async function completeEnrolment(
  { issuer, records }: EnrolmentParts,
  { signedIn, request, reply }: Exchange,
): Promise<FastifyReply> {
  const frame = frameOf(signedIn, reply);
  try {
    const outcome = await issuer.completeEnrolment({
      url: request.url,
      browser: request.cookies[BROWSER_COOKIE_NAME],
      cardholderId: signedIn.customerId,
    });
    switch (outcome.status) {
      case 'ENROLLED': {
        const { clientSessionId } = outcome.enrolment;
        await records.addPasskey({ ...outcome, clientSessionId });
        return reply.redirect(`/passkeys/enrolments/${clientSessionId}`, 303);
      }
      case 'IGNORED': {
        const { status, page } = buildIgnoredPage({ ...frame, because: outcome.because });
        return reply.code(status).html(page);
      }
      default:
        return reply.html(buildFailurePage({ ...frame, reason: outcome.reason }));
    }
  } catch (error) {
    return explainStop({ error, again: request.url, signedIn, request, reply });
  }
}

/** The kit's errors become a page; anything else is not expected here and goes on to the error handler. */
function explainStop({
  error,
  again,
  signedIn,
  request,
  reply,
}: Exchange & { error: unknown; again: string }): FastifyReply {
  if (!(error instanceof IssuerError)) throw error;
  request.log.error({ err: error }, 'an enrolment was stopped');
  const page: StoppedPage = { ...frameOf(signedIn, reply), code: error.refusal?.reason ?? error.code };
  return error.refusal === undefined
    ? reply.code(503).html(buildUnreachablePage({ ...page, again }))
    : reply.code(502).html(buildRefusedPage(page));
}
