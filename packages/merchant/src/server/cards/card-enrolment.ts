/** A card on its way to a passkey, and what a return means for it: pure. */
import type { CallbackResult, Failure } from '@payment-passkeys/protocol';
import { ADVICE, type CardAdvice } from '../advice.ts';
import { type IgnoredReturn, ignoredOutcome } from '../payments/payment.ts';
import { hasExpired, type Pending, refuseVisitor, type Visitor } from '../pending.ts';
import type { CardBrand, SavedCard } from './saved-card.ts';

export interface StoredCardEnrolment extends Pending {
  readonly brand: CardBrand;
  readonly lastFour: string;
  readonly completion?: CardCompletion;
}

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

export type CardDecision = { readonly outcome: CardOutcome } | CardToBind;

export interface CardToBind {
  readonly pending: StoredCardEnrolment;
  readonly proofOfAuthentication: string;
}

/** In the order of a payment's decision: what is pending, whose it is, whether it is done, whether it is over, what arrived. */
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
  const because = refuseVisitor(stored, visitor);
  if (stored === undefined || because !== undefined) return { outcome: ignoredOutcome(because ?? 'UNKNOWN') };
  if (stored.completion !== undefined) return { outcome: enrolledOutcome(stored, stored.completion) };
  if (hasExpired(stored, now)) return { outcome: ignoredOutcome('EXPIRED') };
  if (result.status === 'ENROLLED') return { pending: stored, proofOfAuthentication: result.proofOfAuthentication };
  return { outcome: { ...result, enrolment: enrolmentOf(stored), advice: ADVICE.cardReasons[result.reason] } };
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
