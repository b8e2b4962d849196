/** What happens to enrolments, for the bank's analytics: to be counted. No event carries an id, an account, an address or a proof. */
import { describeReturn, secondsSince } from '@payment-passkeys/kit';
import type { AccountReferences, Consent } from '@payment-passkeys/protocol';
import type { EnrolmentOutcome, StoredEnrolment } from './enrolment.ts';
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

/** The bank's hook. What it throws is dropped; it is not waited for. */
export type OnEvent = (event: IssuerEvent) => void;

export function launchedEvent(
  { consent, accounts }: { readonly consent: Consent; readonly accounts: AccountReferences },
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
  const again = stored?.completion !== undefined;
  return { type: 'RETURNED', at, status: outcome.status, again, ...describeReturn<ProofRefusal>(outcome, stored, at) };
}

export function boundEvent(stored: StoredEnrolment, at: Date): IssuerEvent {
  return { type: 'BOUND', at, secondsAway: secondsSince(stored, at) };
}
