/**
 * The errors that the kit throws. Every end of a payment or an added card, including a refused callback, is an outcome and not an error.
 */
import { createErrorBoundary, type ErrorBoundary, type KitErrorDetails, PublicError } from '@payment-passkeys/kit';

/**
 * - `INVALID_OPTIONS`: an argument of one of the kit's functions is missing, of another type, weak or contradictory; the message names it.
 * - `INVALID_PAYMENT`: the same for an argument of `startPayment`, or the Sessions API would refuse it (the card excepted); the message
 * names the fields.
 * - `INVALID_CARD`: the card is mistyped or has expired, in either start; or the API would refuse an argument of `startCardEnrolment`.
 * - `CALLBACK_NOT_ALLOWED`: the `callbackUri` is malformed or its origin is not one of `callbackOrigins`.
 * - `ORDER_ALREADY_APPROVED`: the cardholder has already approved this order's payment; this `orderId` cannot have a second approval.
 * {@link MerchantError.earlierApproval} gives the state of the first.
 * - `NETWORK_UNREACHABLE`: no usable answer in time (connection, deadline, 429, 5xx), or no call was made because earlier calls just
 * failed. Nothing is lost; the same call may be made again.
 * - `NETWORK_REFUSED`: the network answered with another 4xx; {@link MerchantError.refusal} holds the reason.
 * - `NETWORK_ANSWER_INVALID`: the network's answer does not follow the contract. Nothing is lost.
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
 * The state of an approval that the network has, by this kit's store.
 * - `SPENT`: the kit verified its proof, and the shop received AUTHENTICATED.
 * - `AWAITED`: its proof has not arrived, and still may. {@link MerchantError.retryAfterSeconds} gives the time that remains.
 * - `LOST`: its proof cannot be accepted any more. The next attempt may use a new `orderId`; it cannot lead to two approvals.
 */
export type EarlierApproval = 'SPENT' | 'AWAITED' | 'LOST';

/** The only error class of the kit's calls. Its message begins with the code and never holds a value of a cardholder. */
export class MerchantError extends PublicError<MerchantErrorCode> {
  override readonly name = 'MerchantError';
  /** With `ORDER_ALREADY_APPROVED`; if it is `AWAITED`, `retryAfterSeconds` gives the seconds until it becomes `LOST`. */
  readonly earlierApproval: EarlierApproval | undefined;

  constructor(code: MerchantErrorCode, message: string, details: MerchantErrorDetails = {}) {
    super(code, message, details);
    this.earlierApproval = details.earlierApproval;
  }
}

interface MerchantErrorDetails extends KitErrorDetails {
  readonly earlierApproval?: EarlierApproval;
}

/** `checkGiven` throws MerchantError; `guard` and `guardAsync` convert the errors of the package kit to it. */
export const { checkGiven, guard, guardAsync }: ErrorBoundary<MerchantErrorCode> =
  createErrorBoundary<MerchantErrorCode>((code, message, details) => new MerchantError(code, message, details));
