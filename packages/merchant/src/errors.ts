/** What the kit throws: states that are no outcome of a payment or of an added card. Outcomes, refused callbacks included, are values. */
import { createErrorBoundary, type ErrorBoundary, type KitErrorDetails, PublicError } from '@payment-passkeys/kit';

/**
 * - `INVALID_OPTIONS`: a function of the kit was given something that is missing, of another type, weak or contradictory; the message names
 *   it.
 * - `INVALID_PAYMENT`: likewise what `startPayment` was given, or it is, beside the card, not what the Sessions API takes; the message names
 *   the fields.
 * - `INVALID_CARD`: the card is mistyped or has expired, in either start; or what `startCardEnrolment` was given is not what the API takes.
 * - `CALLBACK_NOT_ALLOWED`: the `callbackUri` is malformed or its origin is not one of `callbackOrigins`.
 * - `ORDER_ALREADY_APPROVED`: the cardholder has approved this order's payment before; a second approval is not to be had under this
 *   `orderId`. {@link MerchantError.earlierApproval} says what has become of the first.
 * - `NETWORK_UNREACHABLE`: no usable answer in time (connection, deadline, 429, 5xx), or not asked again because there was none just now.
 *   Nothing is lost; the same call may be made again.
 * - `NETWORK_REFUSED`: the network answered with another 4xx; {@link MerchantError.refusal} says which.
 * - `NETWORK_ANSWER_INVALID`: the network's answer is not what the contract says. Nothing is lost.
 * - `SIGNER_UNAVAILABLE`: the signing function that was passed in failed; its own error is in `cause`. Nothing was sent.
 * - `STORE_UNAVAILABLE`: the store's own error is in `cause`. Nothing is lost; the same call may be made again.
 */
export type MerchantErrorCode =
  | 'INVALID_OPTIONS'
  | 'INVALID_PAYMENT'
  | 'INVALID_CARD'
  | 'CALLBACK_NOT_ALLOWED'
  | 'ORDER_ALREADY_APPROVED'
  | 'NETWORK_UNREACHABLE'
  | 'NETWORK_REFUSED'
  | 'NETWORK_ANSWER_INVALID'
  | 'SIGNER_UNAVAILABLE'
  | 'STORE_UNAVAILABLE';

/**
 * What has become of an approval that the network has, as far as this kit's store knows.
 * - `SPENT`: its proof was verified here, and handed to the shop with AUTHENTICATED.
 * - `AWAITED`: its proof has not arrived, and still may. {@link MerchantError.retryAfterSeconds} says for how long.
 * - `LOST`: nothing can come of it any more. The next attempt may have an `orderId` of its own, and cannot be joined by the first.
 */
export type EarlierApproval = 'SPENT' | 'AWAITED' | 'LOST';

/** The one error of the kit. Its message begins with the code and never holds a value of a cardholder. */
export class MerchantError extends PublicError<MerchantErrorCode> {
  override readonly name = 'MerchantError';
  /** With `ORDER_ALREADY_APPROVED`; if it is `AWAITED`, `retryAfterSeconds` says when it becomes `LOST`. */
  readonly earlierApproval: EarlierApproval | undefined;

  constructor(code: MerchantErrorCode, message: string, details: MerchantErrorDetails = {}) {
    super(code, message, details);
    this.earlierApproval = details.earlierApproval;
  }
}

interface MerchantErrorDetails extends KitErrorDetails {
  readonly earlierApproval?: EarlierApproval;
}

/** `checkGiven` throws MerchantError; `guard` and `guardAsync` make one of what package kit throws. */
export const { checkGiven, guard, guardAsync }: ErrorBoundary<MerchantErrorCode> =
  createErrorBoundary<MerchantErrorCode>((code, message, details) => new MerchantError(code, message, details));
