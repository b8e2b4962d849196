/** A card on its way to a passkey, and what a return means for it: pure. */
import { hasExpired } from '@payment-passkeys/kit';
import type { CallbackResult, Failure } from '@payment-passkeys/protocol';
import { ADVICE, type CardAdvice } from '../advice.ts';
import { admitVisitor, type IgnoredReturn, ignoredOutcome, type Pending, type Visitor } from '../pending.ts';
import type { CardBrand, SavedCard } from '../saved-card.ts';

/** What is stored of an added card. */
export interface StoredCardEnrolment extends Pending {
  readonly brand: CardBrand;
  readonly lastFour: string;
  readonly completion?: CardCompletion;
}

/** What a completed enrolment is known by at the network. */
export interface CardCompletion {
  /** The network's own id of the passkey. */
  readonly credentialId: string;
  readonly bindingId: string;
  readonly completedAt: Date;
}

/** How the shop finds it again in its own records. */
export interface CardEnrolment {
  readonly clientSessionId: string;
  readonly shopperId: string;
  readonly startedAt: Date;
}

/** With each, what the shopper may do next ({@link ADVICE}). */
export type CardOutcome =
  | {
      readonly status: 'ENROLLED';
      /** To be saved. */
      readonly card: SavedCard;
      readonly credentialId: string;
      readonly completedAt: Date;
      readonly enrolment: CardEnrolment;
      readonly advice: CardAdvice;
    }
  | (Failure & { readonly enrolment: CardEnrolment; readonly advice: CardAdvice })
  | IgnoredReturn;

/** What to do about a return: answer the outcome, or have the proof verified and bound. */
export type CardDecision =
  | { readonly next: 'ANSWER'; readonly outcome: CardOutcome }
  | ({ readonly next: 'BIND' } & CardToBind);

export interface CardToBind {
  readonly pending: StoredCardEnrolment;
  readonly proofOfAuthentication: string;
}

/** In the order of a payment's decision: what is pending, whose it is, whether it is completed, whether it has expired, the result. */
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
