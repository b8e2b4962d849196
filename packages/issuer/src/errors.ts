/** The errors that the kit throws. Every end of an enrolment, including a refused callback, is an outcome and not an error. */
import { createErrorBoundary, type ErrorBoundary, PublicError } from '@payment-passkeys/kit';

/**
 * - `INVALID_OPTIONS`: an argument of one of the kit's functions is missing, of another type, weak, expired or contradictory; the message
 * names it.
 * - `INVALID_ENROLMENT`: the same for an argument of `startEnrolment`, or the Sessions API would refuse it; the message names the fields.
 * - `CALLBACK_NOT_ALLOWED`: the `callbackUri` is malformed or its origin is not one of `callbackOrigins`.
 * - `NETWORK_UNREACHABLE`: no usable answer in time (connection, deadline, 429, 5xx), or no call was made because earlier calls just
 * failed. Nothing is lost; the same call may be made again.
 * - `NETWORK_REFUSED`: the network answered with another 4xx; {@link IssuerError.refusal} holds the reason.
 * - `NETWORK_ANSWER_INVALID`: the network's answer does not follow the contract. Nothing is lost.
 * - `SIGNER_UNAVAILABLE`: the signing function that was passed in failed; its own error is in `cause`. Nothing was sent.
 * - `CALL_NOT_OFFERED`: the network of this profile has no such call; the message says what to use instead. Nothing was sent.
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
  | 'CALL_NOT_OFFERED'
  | 'STORE_UNAVAILABLE';

/** The only error class of the kit's calls. Its message begins with the code and never holds a value of a cardholder. */
export class IssuerError extends PublicError<IssuerErrorCode> {
  override readonly name = 'IssuerError';
}

/** `checkGiven` throws IssuerError; `guard` and `guardAsync` convert the errors of the package kit to it. */
export const { checkGiven, guard, guardAsync }: ErrorBoundary<IssuerErrorCode> = createErrorBoundary<IssuerErrorCode>(
  (code, message, details) => new IssuerError(code, message, details),
);
