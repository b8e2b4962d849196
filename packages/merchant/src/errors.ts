/** What the kit throws: states that are no outcome of a payment or of an added card. Outcomes, refused callbacks included, are values. */
import { KitError, type KitErrorDetails, type NetworkRefusal, rules } from '@payment-passkeys/kit';

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

/** The one error of the kit. Its message carries codes, field names and statuses, never a value of the cardholder's. */
export class MerchantError extends Error {
  override readonly name = 'MerchantError';
  readonly code: MerchantErrorCode;
  /** Present with `NETWORK_REFUSED` and `ORDER_ALREADY_APPROVED`. */
  readonly refusal: NetworkRefusal | undefined;
  /**
   * With `NETWORK_UNREACHABLE`: when it may be worth asking again, where the network said so or is not being asked. With
   * `ORDER_ALREADY_APPROVED` and `AWAITED`: when the approval is `LOST`, unless it has arrived.
   */
  readonly retryAfterSeconds: number | undefined;
  /** With `ORDER_ALREADY_APPROVED`. */
  readonly earlierApproval: EarlierApproval | undefined;

  constructor(
    code: MerchantErrorCode,
    message: string,
    { cause, refusal, retryAfterSeconds, earlierApproval }: MerchantErrorDetails = {},
  ) {
    super(`${code}: ${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.refusal = refusal;
    this.retryAfterSeconds = retryAfterSeconds;
    this.earlierApproval = earlierApproval;
  }
}

interface MerchantErrorDetails extends KitErrorDetails {
  readonly earlierApproval?: EarlierApproval;
}

/** What a call to the network threw, as the kit's own. */
export function asMerchantError(error: unknown): unknown {
  if (!(error instanceof KitError)) return error;
  return new MerchantError(error.code, error.message, error);
}

/** Throws MerchantError of that code, naming each field of `given` that a rule finds wrong, and no value. `name` is what it was given to. */
export function checkGiven(
  given: unknown,
  {
    name,
    fields,
    code = 'INVALID_OPTIONS',
  }: { readonly name: string; readonly fields: rules.Rules; readonly code?: MerchantErrorCode },
): void {
  const faults = rules.findFaultsOf(given, fields, name);
  if (faults.length > 0) throw new MerchantError(code, faults.join('; '));
}
