/** A pending enrolment, and the decision about a callback. Pure, so that every case can be tested. */

import { hasExpired, isMisconfigured, isSameBrowser, type Pending, sha256 } from '@payment-passkeys/kit';
import type { CallbackResult, Failure } from '@payment-passkeys/protocol';
import { type Advice, type IgnoredBecause, NEXT_STEPS } from './next-steps.ts';
import type { RefusedProof } from './proof-check.ts';

/** A stored enrolment. It holds no account reference and no secret, only the SHA-256 (lower-case hex) of state, cookie and proof. */
export interface StoredEnrolment extends Pending {
  /** The bank's own id of the cardholder, as passed to `startEnrolment`. */
  readonly cardholderId: string;
  /** The hash of the proof that the kit verified, stored before the network is asked to bind. */
  readonly proofHash?: string;
  readonly completion?: Completion;
}

/** The network's ids of a completed enrolment. */
export interface Completion {
  readonly credentialId: string;
  readonly bindingId: string;
  readonly completedAt: Date;
}

/** The ids by which the bank finds an enrolment in its own records. */
export interface Enrolment {
  readonly clientSessionId: string;
  readonly cardholderId: string;
  readonly startedAt: Date;
}

/** The outcome of a callback, with what the cardholder may do next ({@link NEXT_STEPS}). */
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
    /** `PROOF_REFUSED` has the reason, for the bank's log. */
    | ({ readonly status: 'IGNORED'; readonly because: IgnoredBecause } & Partial<RefusedProof>)
  );

/** What to do about a callback: return the outcome, or verify and bind the proof. */
export type Decision =
  | { readonly next: 'ANSWER'; readonly outcome: EnrolmentOutcome }
  | {
      readonly next: 'BIND';
      readonly stored: StoredEnrolment;
      readonly proofOfAuthentication: string;
      /** This proof was verified before; the process ended before the binding. */
      readonly alreadyVerified: boolean;
    };

/**
 * Decides in this order: an unknown enrolment, another browser and another cardholder change nothing; a completed enrolment keeps its
 * outcome, whatever arrives; after 35 minutes it has expired; a failure is shown and changes nothing, because anyone could have written it;
 * a proof must be verified.
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

/**
 * The outcome of a refused proof. With a wrong issuer or audience in the profile every proof is refused, so the advice is not to try again.
 */
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
