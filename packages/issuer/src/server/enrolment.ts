/** A pending enrolment, and what a callback means for it: pure, so that every row of the decision can be read and tested. */

import { isSameBrowser, isSecret, sha256 } from '@payment-passkeys/kit';
import {
  addSeconds,
  type CallbackResult,
  type Failure,
  PENDING_ENROLMENT_SECONDS,
  readCallback,
} from '@payment-passkeys/protocol';
import { type Advice, type IgnoredBecause, NEXT_STEPS } from './next-steps.ts';
import type { RefusedProof } from './proof-check.ts';

/** What is kept of an enrolment. No account reference, no address of a person, no secret: of state, cookie and proof only SHA-256 (lower-case hex). */
export interface StoredEnrolment {
  /** The key. Of the `state` that the callback carries. */
  readonly stateHash: string;
  /** Of the value of the browser's cookie. */
  readonly browserHash: string;
  readonly clientSessionId: string;
  readonly authenticationSessionId: string;
  /** The bank's own name for the cardholder, as given to `startEnrolment`. */
  readonly cardholderId: string;
  readonly startedAt: Date;
  /** A W3C `traceparent`, where the start was traced: the return goes on with it. */
  readonly traceContext?: string;
  /** Of the proof that was verified here, noted before the network was asked to bind. */
  readonly proofHash?: string;
  readonly completion?: Completion;
}

export interface Completion {
  readonly credentialId: string;
  readonly bindingId: string;
  readonly completedAt: Date;
}

/** How the bank finds an enrolment again in its own records. */
export interface Enrolment {
  readonly clientSessionId: string;
  readonly cardholderId: string;
  readonly startedAt: Date;
}

/** With each, what the cardholder may do next ({@link NEXT_STEPS}). */
export type EnrolmentOutcome = Advice &
  (
    | {
        readonly status: 'ENROLLED';
        readonly credentialId: string;
        readonly bindingId: string;
        readonly completedAt: Date;
        readonly enrolment: Enrolment;
      }
    | (Failure & { readonly enrolment: Enrolment })
    /** With `PROOF_REFUSED` it says why, for the bank's log. */
    | ({ readonly status: 'IGNORED'; readonly because: IgnoredBecause } & Partial<RefusedProof>)
  );

/** A callback as it arrived: the state's hash to look the enrolment up by, and the result that the network wrote on it. */
export interface ArrivedCallback {
  readonly stateHash: string;
  readonly result: CallbackResult;
}

const MAX_CALLBACK_LENGTH = 8192;

/** Reads the query of a callback, which may be a path alone. Undefined unless it has one `state` and one whole result. */
export function readArrivedCallback(url: string | URL): ArrivedCallback | undefined {
  const text = String(url);
  const base = 'https://callback.invalid'; // of the address only the query counts
  if (text.length > MAX_CALLBACK_LENGTH || !URL.canParse(text, base)) return undefined;
  const { searchParams } = new URL(text, base);
  const [state, ...more] = searchParams.getAll('state');
  const result = readCallback(searchParams);
  if (state === undefined || more.length > 0 || !isSecret(state) || result === undefined) return undefined;
  return { stateHash: sha256(state), result };
}

/** What to do about a callback: answer an outcome, or (`proofOfAuthentication`) have the proof verified and bound. */
export type Decision =
  | { readonly outcome: EnrolmentOutcome }
  | {
      readonly stored: StoredEnrolment;
      readonly proofOfAuthentication: string;
      readonly alreadyVerified: boolean;
    };

/**
 * In this order: an unknown enrolment, another browser and another cardholder change nothing; a completed enrolment keeps its outcome, whatever arrives;
 * after 35 minutes it is over; a failure is shown and changes nothing, because anyone could have written it; a proof is to be verified.
 */
export function decideReturn({
  stored,
  result,
  browser,
  cardholderId,
  now,
}: {
  readonly stored: StoredEnrolment | undefined;
  readonly result: CallbackResult;
  readonly browser: string | undefined;
  readonly cardholderId: string | undefined;
  readonly now: Date;
}): Decision {
  if (stored === undefined) return ignored('UNKNOWN');
  if (!isSameBrowser(browser, stored.browserHash)) return ignored('OTHER_BROWSER');
  if (cardholderId !== undefined && cardholderId !== stored.cardholderId) return ignored('OTHER_CARDHOLDER');
  if (stored.completion !== undefined) return { outcome: enrolledOutcome(stored, stored.completion) };
  if (now >= addSeconds(stored.startedAt, PENDING_ENROLMENT_SECONDS)) return ignored('EXPIRED');
  if (result.status !== 'ENROLLED') {
    return { outcome: { ...result, ...NEXT_STEPS.reasons[result.reason], enrolment: enrolmentOf(stored) } };
  }
  const { proofOfAuthentication } = result;
  return { stored, proofOfAuthentication, alreadyVerified: stored.proofHash === sha256(proofOfAuthentication) };
}

export function enrolledOutcome(stored: StoredEnrolment, completion: Completion): EnrolmentOutcome {
  return { status: 'ENROLLED', ...NEXT_STEPS.enrolled, ...completion, enrolment: enrolmentOf(stored) };
}

export function ignoredOutcome(because: IgnoredBecause): EnrolmentOutcome {
  return { status: 'IGNORED', because, ...NEXT_STEPS.ignored[because] };
}

/** Who expects proofs of another issuer or for another audience is told by every one of them: the bank has to put that right. */
export function refusedOutcome(refused: RefusedProof): EnrolmentOutcome {
  const { proofRefusal } = refused;
  const isMisconfigured = proofRefusal === 'ISSUER' || proofRefusal === 'AUDIENCE';
  const advice = isMisconfigured ? NEXT_STEPS.wrongProfile : NEXT_STEPS.ignored.PROOF_REFUSED;
  return { status: 'IGNORED', because: 'PROOF_REFUSED', ...refused, ...advice };
}

function ignored(because: IgnoredBecause): Decision {
  return { outcome: ignoredOutcome(because) };
}

function enrolmentOf({ clientSessionId, cardholderId, startedAt }: StoredEnrolment): Enrolment {
  return { clientSessionId, cardholderId, startedAt };
}
