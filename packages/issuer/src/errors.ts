/** What the kit throws: states that are no outcome of an enrolment. Outcomes, refused callbacks included, are values. */
import { createErrorBoundary, type ErrorBoundary, PublicError } from '@payment-passkeys/kit';

/**
 * - `INVALID_OPTIONS`: a function of the kit was given something that is missing, of another type, weak, expired or contradictory; the
 *   message names it.
 * - `INVALID_ENROLMENT`: likewise what `startEnrolment` was given, or it is not what the Sessions API takes; the message names the fields.
 * - `CALLBACK_NOT_ALLOWED`: the `callbackUri` is malformed or its origin is not one of `callbackOrigins`.
 * - `NETWORK_UNREACHABLE`: no usable answer in time (connection, deadline, 429, 5xx), or not asked again because there was none just now.
 *   Nothing is lost; the same call may be made again.
 * - `NETWORK_REFUSED`: the network answered with another 4xx; {@link IssuerError.refusal} says which.
 * - `NETWORK_ANSWER_INVALID`: the network's answer is not what the contract says. Nothing is lost.
 * - `SIGNER_UNAVAILABLE`: the signing function that was passed in failed; its own error is in `cause`. Nothing was sent.
 * - `STORE_UNAVAILABLE`: the store's own error is in `cause`. Nothing is lost; the same call may be made again.
 */
export type IssuerErrorCode =
  | 'INVALID_OPTIONS'
  | 'INVALID_ENROLMENT'
  | 'CALLBACK_NOT_ALLOWED'
  | 'NETWORK_UNREACHABLE'
  | 'NETWORK_REFUSED'
  | 'NETWORK_ANSWER_INVALID'
  | 'SIGNER_UNAVAILABLE'
  | 'STORE_UNAVAILABLE';

/** The one error of the kit. Its message begins with the code and never holds a value of a cardholder. */
export class IssuerError extends PublicError<IssuerErrorCode> {
  override readonly name = 'IssuerError';
}

/** `checkGiven` throws IssuerError; `guard` and `guardAsync` make one of what package kit throws. */
export const { checkGiven, guard, guardAsync }: ErrorBoundary<IssuerErrorCode> = createErrorBoundary<IssuerErrorCode>(
  (code, message, details) => new IssuerError(code, message, details),
);
