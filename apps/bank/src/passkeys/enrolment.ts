/** The bank's part of the kit's two routes: what to enrol, and what to show when the customer returns. */
import { ConsentError, type ConsentErrorCode, type Consents } from '@payment-passkeys/issuer/consent';
import type { EnrolmentRoutesOptions } from '@payment-passkeys/issuer/fastify';
import type { EnrolmentDetails, Issuer, RouteOutcome } from '@payment-passkeys/issuer/server';
import { type SignedIn, signInPath } from '@payment-passkeys/web';
import type { FastifyReply, FastifyRequest, preHandlerHookHandler } from 'fastify';
import { type CustomerStore, DEMO_SIGN_IN } from '../accounts/customers.ts';
import { chooseAccounts } from '../accounts/linkable.ts';
import { maskAccounts } from '../accounts/masking.ts';
import { frameOf } from '../frame.ts';
import { buildSignInPage } from '../sign-in/page.ts';
import type { TraceOf } from '../tracing.ts';
import { readAgreement } from './agreement.ts';
import { nameDevice } from './device-name.ts';
import { describeFailure, describeIgnored, describeUnfinished, NEW_PATH } from './endings.ts';
import { buildEndingPage } from './outcome-page.ts';
import type { PasskeyRecords } from './records.ts';

const START_PATH = '/passkeys';
export const CALLBACK_PATH = '/passkeys/callback';

/**
 * The network accepts a sign-in that is at most fifteen minutes old. The registration screen opens for a newer one only, so that the customer
 * has time to read it. A customer who takes too long to agree signs in again.
 */
export const SIGNED_IN_TO_READ_SECONDS = 10 * 60;
const SIGNED_IN_TO_AGREE_SECONDS = 14 * 60;

export interface EnrolmentParts {
  readonly issuer: Issuer;
  readonly consents: Consents;
  readonly customers: CustomerStore;
  readonly records: PasskeyRecords;
  /** The bank's own origin. */
  readonly publicUrl: string;
  readonly clock: () => Date;
  /** Shows the demonstration's username and password. */
  readonly demo: boolean;
  readonly traceOf: TraceOf;
}

/** The consent was not accepted, and nothing was stored or sent. The registration screen must be shown again, with the reason. */
export class NotAgreedError extends Error {
  override readonly name = 'NotAgreedError';
  readonly code: 'NO_CARD' | ConsentErrorCode;

  constructor(code: 'NO_CARD' | ConsentErrorCode) {
    super(`the registration screen has to be shown again: ${code}`);
    this.code = code;
  }
}

export function signedInWithin(request: FastifyRequest, seconds: number, now: Date): SignedIn | undefined {
  const age = request.signedIn && now.getTime() - request.signedIn.signedInAt.getTime();
  return age !== undefined && age <= seconds * 1000 ? request.signedIn : undefined;
}

/** For the kit's `enrolmentRoutes`. Its start throws NotAgreedError. */
export function buildEnrolmentOptions(
  parts: EnrolmentParts & { readonly guardStart: preHandlerHookHandler },
): EnrolmentRoutesOptions {
  const { issuer, records, publicUrl, clock, guardStart, traceOf } = parts;
  /** The data of each request that was stored before its enrolment started. */
  const begun = new WeakMap<FastifyRequest, Begun>();
  return {
    issuer,
    startPath: START_PATH,
    callbackUri: new URL(CALLBACK_PATH, publicUrl).href,
    guardStart,
    trace: traceOf,
    cardholder: (request) => {
      const seconds = request.method === 'POST' ? SIGNED_IN_TO_AGREE_SECONDS : Number.POSITIVE_INFINITY;
      return signedInWithin(request, seconds, clock())?.userId;
    },
    enrolment: async (request) => {
      const { details, ...kept } = await keepConsent(parts, request);
      begun.set(request, kept);
      return details;
    },
    started: async ({ clientSessionId, cardholderId }, request) => {
      const kept = begun.get(request);
      if (kept === undefined) throw new Error('An enrolment started without a consent.');
      await records.addEnrolment({ clientSessionId, customerId: cardholderId, ...kept });
    },
    render: (outcome, request, reply) => showOutcome(parts, { outcome, request, reply }),
  };
}

interface Begun {
  readonly receiptId: string;
  /** Masked. */
  readonly accounts: readonly string[];
}

/** Records the receipt before anything is sent to the network. */
async function keepConsent(
  { consents, customers }: EnrolmentParts,
  request: FastifyRequest,
): Promise<Begun & { readonly details: EnrolmentDetails }> {
  const { userId: customerId, signedInAt } = signedInOf(request);
  const { accepted, accountIds } = readAgreement(request);
  const accounts = chooseAccounts(await customers.findAccountReferences(customerId), accountIds);
  if (accounts === undefined) throw new NotAgreedError('NO_CARD');
  const masked = maskAccounts(accounts);
  const { receipt, consent, complianceResources } = await consents
    .record({ cardholderId: customerId, channel: 'WEB', accepted, accounts: masked })
    .catch((error: unknown) => {
      throw error instanceof ConsentError ? new NotAgreedError(error.code) : error;
    });
  const details: EnrolmentDetails = {
    accounts,
    verification: { method: 'ISSUER_LOGIN', verifiedAt: signedInAt.toISOString() },
    consent,
    complianceResources,
    locale: `${consent.language}-${consent.country}`,
  };
  return { receiptId: receipt.receiptId, accounts: masked, details };
}

/** For a request that `cardholder` has accepted. */
function signedInOf({ signedIn }: FastifyRequest): SignedIn {
  if (signedIn === undefined) throw new Error('Nobody is signed in.');
  return signedIn;
}

/**
 * A success is redirected to its own page, so that the proof stays in no address bar and no history. The same callback, sent again, leads to
 * the same page. A failure is shown at the callback's address, which then contains no secret. A failure is not stored, because it is not signed.
 */
async function showOutcome(
  { records, demo }: EnrolmentParts,
  exchange: { readonly outcome: RouteOutcome; readonly request: FastifyRequest; readonly reply: FastifyReply },
): Promise<FastifyReply> {
  const { outcome, request, reply } = exchange;
  if (outcome.status === 'SIGNED_OUT') {
    if (outcome.stage === 'START') return reply.redirect(signInPath(NEW_PATH), 303);
    // No redirect to /sign-in: the proof would be copied into one more address. After the form, the customer returns to this address.
    const page = { frame: frameOf(request, reply), next: request.url, notice: 'signIn.signedOut' } as const;
    return reply.html(buildSignInPage({ ...page, demoSignIn: demo ? DEMO_SIGN_IN : undefined }));
  }
  const here = request.method === 'POST' ? NEW_PATH : request.url;
  const frame = { ...frameOf(request, reply), here };
  switch (outcome.status) {
    case 'ENROLLED': {
      const { clientSessionId } = outcome.enrolment;
      await records.addPasskey({ ...outcome, clientSessionId, device: nameDevice(request.headers['user-agent']) });
      return reply.redirect(`/passkeys/enrolments/${clientSessionId}`, 303);
    }
    case 'IGNORED': {
      const ending = describeIgnored(outcome);
      return reply.code(ending.status).html(buildEndingPage({ frame, ending }));
    }
    case 'UNFINISHED': {
      request.log.error({ err: outcome.error }, 'an enrolment was stopped');
      const ending = describeUnfinished(outcome);
      const again = outcome.stage === 'START' ? NEW_PATH : request.url;
      return reply.code(ending.status).html(buildEndingPage({ frame, ending, again }));
    }
    default:
      return reply.html(buildEndingPage({ frame, ending: describeFailure(outcome) }));
  }
}
