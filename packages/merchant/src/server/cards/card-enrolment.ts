/** A pending card enrolment, and the decision about a return: pure. */
import { hasExpired } from '@payment-passkeys/kit';
import type { CallbackResult, Failure } from '@payment-passkeys/protocol';
import { ADVICE, type CardAdvice } from '../advice.ts';
import { admitVisitor, type IgnoredReturn, ignoredOutcome, type Pending, type Visitor } from '../pending.ts';
import type { CardBrand, SavedCard } from '../saved-card.ts';

/** A stored card enrolment. */
export interface StoredCardEnrolment extends Pending {
  readonly brand: CardBrand;
  readonly lastFour: string;
  readonly completion?: CardCompletion;
}

/** The network's ids of a completed card enrolment. */
export interface CardCompletion {
  /** The network's id of the passkey. */
  readonly credentialId: string;
  readonly bindingId: string;
  readonly completedAt: Date;
}

/** The ids by which the shop finds it in its own records. */
export interface CardEnrolment {
  readonly clientSessionId: string;
  readonly shopperId: string;
  readonly startedAt: Date;
}

/** The outcome of a return, with what the shopper may do next ({@link ADVICE}). */
export type CardOutcome =
  | {
      readonly status: 'ENROLLED';
      /** The card to save. */
      readonly card: SavedCard;
      readonly credentialId: string;
      readonly completedAt: Date;
      readonly enrolment: CardEnrolment;
      readonly advice: CardAdvice;
    }
  | (Failure & { readonly enrolment: CardEnrolment; readonly advice: CardAdvice })
  | IgnoredReturn;

/** What to do about a return: return the outcome, or verify and bind the proof. */
export type CardDecision =
  | { readonly next: 'ANSWER'; readonly outcome: CardOutcome }
  | ({ readonly next: 'BIND' } & CardToBind);

export interface CardToBind {
  readonly pending: StoredCardEnrolment;
  readonly proofOfAuthentication: string;
}

/** Decides in the same order as for a payment: the pending record, its browser and shopper, completion, expiry, the result. */
export function decideCardReturn({
  stored,
  result,
  visitor,
  now,
}: {
  readonly stored: StoredCardEnrolment | undefined;
  readonly result: CallbackResult;
  readonly visitor: Visitor;
  readonly now: Date;
}): CardDecision {
  const admission = admitVisitor(stored, visitor);
  if (!admission.ok) return answer(ignoredOutcome(admission.because));
  const { pending } = admission;
  if (pending.completion !== undefined) return answer(enrolledOutcome(pending, pending.completion));
  if (hasExpired(pending, now)) return answer(ignoredOutcome('EXPIRED'));
  if (result.status === 'ENROLLED') {
    return { next: 'BIND', pending, proofOfAuthentication: result.proofOfAuthentication };
  }
  return answer({ ...result, enrolment: enrolmentOf(pending), advice: ADVICE.cardReasons[result.reason] });
}

function answer(outcome: CardOutcome): CardDecision {
  return { next: 'ANSWER', outcome };
}

export function enrolledOutcome(stored: StoredCardEnrolment, completion: CardCompletion): CardOutcome {
  const { credentialId, bindingId, completedAt } = completion;
  const { brand, lastFour } = stored;
  return {
    status: 'ENROLLED',
    card: { bindingId, brand, lastFour },
    credentialId,
    completedAt,
    enrolment: enrolmentOf(stored),
    advice: ADVICE.done,
  };
}

function enrolmentOf({ clientSessionId, shopperId, startedAt }: StoredCardEnrolment): CardEnrolment {
  return { clientSessionId, shopperId, startedAt };
}
