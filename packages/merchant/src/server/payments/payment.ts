/** A pending payment, and the decision about a return. Pure, so that every case can be tested. */
import { type AuthenticatorFacts, hasExpired, secondsLeft, sha256 } from '@payment-passkeys/kit';
import { type CallbackResult, type Failure, type ProofClaims, readPaymentClaims } from '@payment-passkeys/protocol';
import type { EarlierApproval } from '../../errors.ts';
import { ADVICE, type Advice } from '../advice.ts';
import type { Order } from '../calls.ts';
import { admitVisitor, type IgnoredReturn, ignoredOutcome, type Pending, type Visitor } from '../pending.ts';
import type { CardBrand, SavedCard } from '../saved-card.ts';
import { type AssuranceData, buildAssuranceData } from './assurance-data.ts';

/** A stored payment. */
export interface StoredPayment extends Pending, Omit<Order, 'merchantName'> {
  /** The brand of the card that it was started with. */
  readonly brand: CardBrand;
  readonly lastFour: string;
  readonly approval?: Approval;
}

/** The cardholder's approval. */
export interface Approval {
  /** SHA-256 of the proof, lower-case hex. */
  readonly proofHash: string;
  readonly bindingId: string;
  /** When the cardholder approved, by the network's clock. */
  readonly authenticatedAt: Date;
}

/** The ids by which the shop finds a payment in its own records. */
export interface Payment extends Omit<Order, 'merchantName'> {
  readonly clientSessionId: string;
  readonly shopperId: string;
  readonly startedAt: Date;
}

/** A payment that the cardholder approved, with a proof that the kit has verified. */
export interface AuthenticatedPayment {
  readonly status: 'AUTHENTICATED';
  /** False for exactly one caller: the one that spent the proof. */
  readonly again: boolean;
  readonly payment: Payment;
  /** May be saved: the next payment with it needs no card number. */
  readonly card: SavedCard;
  readonly authenticatedAt: Date;
  /** How strong the approval was. Only with `readAuthenticator` of `createMerchant`, and if the network answered in time. */
  readonly authenticator?: AuthenticatorFacts;
  /** For the processor. Absent only if the return of an approved payment has no proof. */
  readonly assuranceData?: AssuranceData;
  readonly advice: Advice;
}

/** Not approved. A failure is unsigned, so it ends nothing. */
export type PaymentFailure = Failure & { readonly payment: Payment; readonly advice: Advice };

/** The outcome of a return, with what the shopper may do next ({@link ADVICE}). */
export type PaymentOutcome = AuthenticatedPayment | PaymentFailure | IgnoredReturn;

/** The outcome of Secure Payment Confirmation. */
export type ConfirmationOutcome =
  | PaymentOutcome
  /** Not confirmed here: continue with the redirect to the network's page. */
  | { readonly status: 'REDIRECT' }
  /** The network refused the confirmation with this code; nothing is approved. The redirect still works. */
  | { readonly status: 'REFUSED'; readonly because: string; readonly payment: Payment; readonly advice: Advice };

/** What to do about a return: return the outcome, or verify and spend the proof. */
export type PaymentDecision =
  | { readonly next: 'ANSWER'; readonly outcome: PaymentOutcome }
  | { readonly next: 'SPEND'; readonly pending: StoredPayment; readonly proofOfAuthentication: string };

/**
 * Decides in this order: an unknown payment, another browser and another shopper change nothing; an approved payment keeps its outcome;
 * after 35 minutes it has expired; a failure is shown and ends nothing, because anyone could have written it; a proof must be verified.
 */
export function decideReturn({
  stored,
  result,
  visitor,
  now,
}: {
  readonly stored: StoredPayment | undefined;
  readonly result: CallbackResult<'AUTHENTICATED'>;
  readonly visitor: Visitor;
  readonly now: Date;
}): PaymentDecision {
  const proof = result.status === 'AUTHENTICATED' ? result.proofOfAuthentication : undefined;
  const admission = admit({ stored, visitor, now, proof });
  if (!admission.ok) return { next: 'ANSWER', outcome: admission.outcome };
  const { pending } = admission;
  if (result.status !== 'AUTHENTICATED') return { next: 'ANSWER', outcome: failedOutcome(pending, result) };
  return { next: 'SPEND', pending, proofOfAuthentication: result.proofOfAuthentication };
}

/** The part of {@link decideReturn} that does not need a result. `proof` is the proof in the return, if any. */
export function admit({
  stored,
  visitor,
  now,
  proof,
}: {
  readonly stored: StoredPayment | undefined;
  readonly visitor: Visitor;
  readonly now: Date;
  readonly proof: string | undefined;
}): { readonly ok: true; readonly pending: StoredPayment } | { readonly ok: false; readonly outcome: PaymentOutcome } {
  const admission = admitVisitor(stored, visitor);
  if (!admission.ok) return { ok: false, outcome: ignoredOutcome(admission.because) };
  const { pending } = admission;
  if (pending.approval !== undefined) {
    const { approval } = pending;
    return { ok: false, outcome: authenticatedOutcome({ stored: pending, approval, again: true, proof }) };
  }
  return hasExpired(pending, now) ? { ok: false, outcome: ignoredOutcome('EXPIRED') } : { ok: true, pending };
}

/**
 * The state of an approval that the network has for an order, by the stored payment of that order. `stored` is undefined if there is none, for
 * example after a day. A proof is worthless after its payment has expired, so a second approval cannot collide with it then.
 */
export function judgeEarlierApproval(
  stored: StoredPayment | undefined,
  now: Date,
): { readonly earlierApproval: EarlierApproval; readonly retryAfterSeconds?: number } {
  if (stored?.approval !== undefined) return { earlierApproval: 'SPENT' };
  const seconds = stored === undefined ? 0 : secondsLeft(stored, now);
  return seconds > 0 ? { earlierApproval: 'AWAITED', retryAfterSeconds: seconds } : { earlierApproval: 'LOST' };
}

/**
 * Reads the approval from a genuine proof if it belongs to this payment: session, order, amount, currency, merchant and card (dynamic
 * linking). Undefined if one of them differs. The binding may differ from the one that the payment started with: each passkey of the
 * account has its own.
 */
export function readApproval({
  pending,
  claims,
  proofOfAuthentication,
}: {
  readonly pending: StoredPayment;
  readonly claims: ProofClaims;
  readonly proofOfAuthentication: string;
}): Approval | undefined {
  const payment = readPaymentClaims(claims);
  if (payment === undefined || claims.clientSessionId.toLowerCase() !== pending.clientSessionId) return undefined;
  const isOfThisPayment =
    payment.orderId === pending.orderId &&
    payment.transactionAmount === pending.amount &&
    payment.transactionCurrencyCode === pending.currency &&
    payment.merchantOrigin === pending.merchantOrigin &&
    payment.panLastFour === pending.lastFour;
  if (!isOfThisPayment) return undefined;
  const authenticatedAt = new Date(claims.completedAt * 1000);
  return { proofHash: sha256(proofOfAuthentication), bindingId: payment.bindingId, authenticatedAt };
}

export function authenticatedOutcome({
  stored,
  approval,
  again,
  proof,
}: {
  readonly stored: StoredPayment;
  readonly approval: Approval;
  readonly again: boolean;
  readonly proof: string | undefined;
}): AuthenticatedPayment {
  const { bindingId, authenticatedAt, proofHash } = approval;
  const isItsProof = proof !== undefined && sha256(proof) === proofHash;
  return {
    status: 'AUTHENTICATED',
    again,
    payment: paymentOf(stored),
    card: { bindingId, brand: stored.brand, lastFour: stored.lastFour },
    authenticatedAt,
    ...(isItsProof && { assuranceData: buildAssuranceData({ proofOfAuthentication: proof, authenticatedAt }) }),
    advice: ADVICE.done,
  };
}

export function failedOutcome(stored: StoredPayment, { status, reason }: Failure): PaymentFailure {
  return { status, reason, payment: paymentOf(stored), advice: ADVICE.reasons[reason] };
}

export function paymentOf(stored: StoredPayment): Payment {
  const { clientSessionId, shopperId, startedAt, orderId, amount, currency, merchantOrigin } = stored;
  return { clientSessionId, shopperId, startedAt, orderId, amount, currency, merchantOrigin };
}
