/** What happens to enrolments, for the bank's analytics: to be counted. No event carries an id, an account, an address or a proof. */
import type { EnrolmentOutcome, StoredEnrolment } from './enrolment.ts';
import type { EnrolmentStart } from './issuer.ts';
import type { ProofRefusal } from './proof-check.ts';

/**
 * - `LAUNCHED`: a session is open and the enrolment kept; the browser is about to leave. What was shown and accepted before that, the
 *   registration element tells.
 * - `RETURNED`: a callback was made sense of. Failures are unsigned, and one enrolment may return more than once.
 * - `BOUND`: the passkey is bound and the outcome stored. The same callback twice at the same moment may tell it twice.
 */
export type IssuerEvent =
  | {
      readonly type: 'LAUNCHED';
      readonly at: Date;
      readonly country: string;
      readonly language: string;
      readonly cards: number;
      readonly emailAddresses: number;
      readonly mobileNumbers: number;
    }
  | {
      readonly type: 'RETURNED';
      readonly at: Date;
      readonly status: EnrolmentOutcome['status'];
      /** The reason of a failure, or why it was ignored; absent for ENROLLED. */
      readonly reason?: string;
      /** Of an enrolment that had been completed before: a reload. */
      readonly again: boolean;
      /** Since the launch, where the enrolment is known. */
      readonly secondsAway?: number;
      /** With PROOF_REFUSED: why. */
      readonly proofRefusal?: ProofRefusal;
      /** With AUDIENCE: the profile's, and the proof's own. */
      readonly proofAudience?: { readonly expected: string; readonly found: string };
    }
  | { readonly type: 'BOUND'; readonly at: Date; readonly secondsAway: number };

export type OnEvent = (event: IssuerEvent) => void;

/** An analytics hook that throws does not stop an enrolment. */
export function tell(onEvent: OnEvent | undefined, event: IssuerEvent): void {
  try {
    onEvent?.(event);
  } catch {
    // Counting is not what the cardholder came for.
  }
}

export function launchedEvent(
  { consent, accounts }: Pick<EnrolmentStart, 'consent' | 'accounts'>,
  at: Date,
): IssuerEvent {
  return {
    type: 'LAUNCHED',
    at,
    country: consent.country,
    language: consent.language,
    cards: accounts.cards.length,
    emailAddresses: accounts.emailAddresses?.length ?? 0,
    mobileNumbers: accounts.mobileNumbers?.length ?? 0,
  };
}

export function returnedEvent(outcome: EnrolmentOutcome, stored: StoredEnrolment | undefined, at: Date): IssuerEvent {
  const reason = outcome.status === 'ENROLLED' ? undefined : 'because' in outcome ? outcome.because : outcome.reason;
  return {
    type: 'RETURNED',
    at,
    status: outcome.status,
    again: stored?.completion !== undefined,
    ...(reason !== undefined && { reason }),
    ...('proofRefusal' in outcome && outcome.proofRefusal && { proofRefusal: outcome.proofRefusal }),
    ...('proofAudience' in outcome && outcome.proofAudience && { proofAudience: outcome.proofAudience }),
    ...(stored && { secondsAway: secondsSince(stored, at) }),
  };
}

export function boundEvent(stored: StoredEnrolment, at: Date): IssuerEvent {
  return { type: 'BOUND', at, secondsAway: secondsSince(stored, at) };
}

function secondsSince({ startedAt }: StoredEnrolment, at: Date): number {
  return Math.max(0, Math.round((at.getTime() - startedAt.getTime()) / 1000));
}
