/** Events of enrolments, for the bank's analytics to count. No event holds an id, an account, an address or a proof. */
import { describeReturn, secondsSince } from '@payment-passkeys/kit';
import type { AccountReferences, Consent } from '@payment-passkeys/protocol';
import type { EnrolmentOutcome, StoredEnrolment } from './enrolment.ts';
import type { ProofRefusal } from './proof-check.ts';

/**
 * - `LAUNCHED`: a session is open and the enrolment stored; the browser is about to leave. The registration element reports what was shown
 * and accepted before that.
 * - `RETURNED`: a callback was processed. Failures are unsigned, and one enrolment may return more than once.
 * - `BOUND`: the passkey is bound and the outcome stored. Two identical callbacks at the same time may report it twice.
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
      /** The reason of a failure, or why the callback was ignored; absent for ENROLLED. */
      readonly reason?: string;
      /** Whether the enrolment was completed before: a reload. */
      readonly again: boolean;
      /** Seconds since the launch, if the enrolment is known. */
      readonly secondsAway?: number;
      /** With PROOF_REFUSED: the reason. */
      readonly proofRefusal?: ProofRefusal;
      /** With AUDIENCE: the profile's audience and the proof's. */
      readonly proofAudience?: { readonly expected: string; readonly found: string };
    }
  | { readonly type: 'BOUND'; readonly at: Date; readonly secondsAway: number };

/** The bank's hook. Its errors are dropped, and the kit does not wait for it. */
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
