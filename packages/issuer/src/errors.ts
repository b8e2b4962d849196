/** What the kit throws: states that are no outcome of an enrolment. Outcomes, refused callbacks included, are values. */
import { KitError, type KitErrorDetails, type NetworkRefusal, rules } from '@payment-passkeys/kit';

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

/** The one error of the kit. Its message carries codes, field names and statuses, never a value of the cardholder's. */
export class IssuerError extends Error {
  override readonly name = 'IssuerError';
  readonly code: IssuerErrorCode;
  /** Present with `NETWORK_REFUSED`. */
  readonly refusal: NetworkRefusal | undefined;
  /** With `NETWORK_UNREACHABLE`: when it may be worth asking again, where the network said so or is not being asked. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: IssuerErrorCode, message: string, { cause, refusal, retryAfterSeconds }: KitErrorDetails = {}) {
    super(`${code}: ${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.refusal = refusal;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** What a call to the network threw, as the kit's own. */
export function asIssuerError(error: unknown): unknown {
  return error instanceof KitError ? new IssuerError(error.code, error.message, error) : error;
}

/** Throws IssuerError of that code, naming each field of `given` that a rule finds wrong, and no value. `name` is what it was given to. */
export function checkGiven(
  given: unknown,
  {
    name,
    fields,
    code = 'INVALID_OPTIONS',
  }: { readonly name: string; readonly fields: rules.Rules; readonly code?: IssuerErrorCode },
): void {
  const faults = rules.findFaultsOf(given, fields, name);
  if (faults.length > 0) throw new IssuerError(code, faults.join('; '));
}
