/** A pending payment, and what a return means for it: pure, so that every row of the decision can be read and tested. */
import { sha256 } from '@payment-passkeys/kit';
import { type CallbackResult, type Failure, type ProofClaims, readPaymentClaims } from '@payment-passkeys/protocol';
import { ADVICE, type Advice, type CardAdvice, type IgnoredBecause } from '../advice.ts';
import type { CardBrand, SavedCard } from '../cards/saved-card.ts';
import type { EarlierApproval } from '../errors.ts';
import { hasExpired, type Pending, refuseVisitor, secondsLeft, type Visitor } from '../pending.ts';
import { isMisconfigured, type RefusedProof } from '../proof-refusal.ts';
import { type AssuranceData, buildAssuranceData } from './assurance-data.ts';

/** What is to be paid, and where. */
export interface Order {
  /** The shop's own, unique; 1 to 64 printable ASCII characters without spaces. */
  readonly orderId: string;
  /** A decimal with the currency's own number of digits: `12.34` USD, `1234` JPY. */
  readonly amount: string;
  /** ISO 4217. */
  readonly currency: string;
  /** As onboarded; what the cardholder reads. */
  readonly merchantName: string;
  /** As onboarded: the origin of the page that the shopper is on. */
  readonly merchantOrigin: string;
}

export interface StoredPayment extends Pending, Omit<Order, 'merchantName'> {
  /** Of the card that it was started with. */
  readonly brand: CardBrand;
  readonly lastFour: string;
  readonly approval?: Approval;
}

/** What the cardholder's approval was. */
export interface Approval {
  /** SHA-256 of the proof, lower-case hex. */
  readonly proofHash: string;
  readonly bindingId: string;
  /** When the cardholder approved, by the network's clock. */
  readonly authenticatedAt: Date;
}

/** How the shop finds a payment again in its own records. */
export interface Payment extends Omit<Order, 'merchantName'> {
  readonly clientSessionId: string;
  readonly shopperId: string;
  readonly startedAt: Date;
}

export interface AuthenticatedPayment {
  readonly status: 'AUTHENTICATED';
  /** False for exactly one caller, ever: the one whose return spent the proof. */
  readonly again: boolean;
  readonly payment: Payment;
  /** May be saved: the next payment with it needs no card number. */
  readonly card: SavedCard;
  readonly authenticatedAt: Date;
  /** For the processor. Absent only where an approved payment is asked for again without its proof. */
  readonly assuranceData?: AssuranceData;
  readonly advice: Advice;
}

export type PaymentFailure = Failure & { readonly payment: Payment; readonly advice: Advice };
/** With `PROOF_REFUSED` it says why, for the shop's log. */
export type IgnoredReturn = {
  readonly status: 'IGNORED';
  readonly because: IgnoredBecause;
  readonly advice: CardAdvice;
} & Partial<RefusedProof>;

/** With each, what the shopper may do next ({@link ADVICE}). */
export type PaymentOutcome = AuthenticatedPayment | PaymentFailure | IgnoredReturn;

/** What Secure Payment Confirmation came to. */
export type ConfirmationOutcome =
  | PaymentOutcome
  /** The session waits for its redirect. */
  | { readonly status: 'REDIRECT' }
  /** The network refused the confirmation, by this code of its own; nothing is approved. The redirect can still be tried. */
  | { readonly status: 'REFUSED'; readonly because: string; readonly payment: Payment; readonly advice: Advice };

/** What to do about a return: answer an outcome, or have its proof verified and spent. */
export type PaymentDecision =
  | { readonly outcome: PaymentOutcome }
  | { readonly pending: StoredPayment; readonly proofOfAuthentication: string };

/**
 * In this order: an unknown payment, another browser and another shopper change nothing; an approved payment keeps its outcome, whatever
 * arrives; after 35 minutes it is over; a failure is shown and ends nothing, because anyone could have written it; a proof is to be verified.
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
  const decision = admit({
    stored,
    visitor,
    now,
    proof: 'proofOfAuthentication' in result ? result.proofOfAuthentication : undefined,
  });
  if ('outcome' in decision) return decision;
  if (result.status === 'AUTHENTICATED') return { ...decision, proofOfAuthentication: result.proofOfAuthentication };
  return { outcome: failedOutcome(decision.pending, result) };
}

/** All of {@link decideReturn} that comes before a result. */
export function admit({
  stored,
  visitor,
  now,
  proof,
}: {
  readonly stored: StoredPayment | undefined;
  readonly visitor: Visitor;
  readonly now: Date;
  readonly proof?: string | undefined;
}): { readonly outcome: PaymentOutcome } | { readonly pending: StoredPayment } {
  const because = refuseVisitor(stored, visitor);
  if (stored === undefined || because !== undefined) return { outcome: ignoredOutcome(because ?? 'UNKNOWN') };
  if (stored.approval !== undefined) {
    return { outcome: authenticatedOutcome({ stored, approval: stored.approval, again: true, proof }) };
  }
  return hasExpired(stored, now) ? { outcome: ignoredOutcome('EXPIRED') } : { pending: stored };
}

/**
 * What has become of an approval that the network has of an order, by that order's payment as it is kept here; undefined where none is, as
 * after a day. A proof is worth nothing once its payment has expired, so from then on a second approval has nothing to collide with.
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
 * Whether a genuine proof is of this payment: session, order, amount, currency, merchant and card (dynamic linking). Undefined where one of
 * them is another. The binding may be another than the one that was paid with before: each passkey of the account has its own.
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

export function ignoredOutcome(because: IgnoredBecause): IgnoredReturn {
  return { status: 'IGNORED', because, advice: ADVICE.ignored[because] };
}

/** A shop that expects proofs of another issuer or for another audience is told by every one of them: it has to put that right. */
export function refusedOutcome(refused: RefusedProof): IgnoredReturn {
  const advice = isMisconfigured(refused) ? ADVICE.wrongNetwork : ADVICE.ignored.PROOF_REFUSED;
  return { status: 'IGNORED', because: 'PROOF_REFUSED', ...refused, advice };
}

export function paymentOf(stored: StoredPayment): Payment {
  const { clientSessionId, shopperId, startedAt, orderId, amount, currency, merchantOrigin } = stored;
  return { clientSessionId, shopperId, startedAt, orderId, amount, currency, merchantOrigin };
}
