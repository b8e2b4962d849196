/** A pending enrolment, and what a callback means for it: pure, so that every row of the decision can be read and tested. */

import { hasExpired, isMisconfigured, isSameBrowser, type Pending, sha256 } from '@payment-passkeys/kit';
import type { CallbackResult, Failure } from '@payment-passkeys/protocol';
import { type Advice, type IgnoredBecause, NEXT_STEPS } from './next-steps.ts';
import type { RefusedProof } from './proof-check.ts';

/** What is stored of an enrolment. It holds no account reference and no secret: of state, cookie and proof only the SHA-256, lower-case hex. */
export interface StoredEnrolment extends Pending {
  /** The bank's own name for the cardholder, as given to `startEnrolment`. */
  readonly cardholderId: string;
  /** The hash of the proof that was verified here, stored before the network is asked to bind. */
  readonly proofHash?: string;
  readonly completion?: Completion;
}

/** What a completed enrolment is known by at the network. */
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

/** What to do about a callback: answer the outcome, or have the proof verified and bound. */
export type Decision =
  | { readonly next: 'ANSWER'; readonly outcome: EnrolmentOutcome }
  | {
      readonly next: 'BIND';
      readonly stored: StoredEnrolment;
      readonly proofOfAuthentication: string;
      /** This proof was verified before: the process ended between that and the binding. */
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
  if (stored === undefined) return answer(ignoredOutcome('UNKNOWN'));
  if (!isSameBrowser(browser, stored.browserHash)) return answer(ignoredOutcome('OTHER_BROWSER'));
  if (cardholderId !== undefined && cardholderId !== stored.cardholderId)
    return answer(ignoredOutcome('OTHER_CARDHOLDER'));
  if (stored.completion !== undefined) return answer(enrolledOutcome(stored, stored.completion));
  if (hasExpired(stored, now)) return answer(ignoredOutcome('EXPIRED'));
  if (result.status !== 'ENROLLED') {
    return answer({ ...result, ...NEXT_STEPS.reasons[result.reason], enrolment: enrolmentOf(stored) });
  }
  const { proofOfAuthentication } = result;
  return {
    next: 'BIND',
    stored,
    proofOfAuthentication,
    alreadyVerified: stored.proofHash === sha256(proofOfAuthentication),
  };
}

export function enrolledOutcome(stored: StoredEnrolment, completion: Completion): EnrolmentOutcome {
  return { status: 'ENROLLED', ...NEXT_STEPS.enrolled, ...completion, enrolment: enrolmentOf(stored) };
}

export function ignoredOutcome(because: IgnoredBecause): EnrolmentOutcome {
  return { status: 'IGNORED', because, ...NEXT_STEPS.ignored[because] };
}

/** With a wrong issuer or audience in the profile every proof is refused, so the advice is not to try again. */
export function refusedOutcome(refused: RefusedProof): EnrolmentOutcome {
  const advice = isMisconfigured(refused) ? NEXT_STEPS.wrongProfile : NEXT_STEPS.ignored.PROOF_REFUSED;
  return { status: 'IGNORED', because: 'PROOF_REFUSED', ...refused, ...advice };
}

function answer(outcome: EnrolmentOutcome): Decision {
  return { next: 'ANSWER', outcome };
}

function enrolmentOf({ clientSessionId, cardholderId, startedAt }: StoredEnrolment): Enrolment {
  return { clientSessionId, cardholderId, startedAt };
}
