/** The error of calls to the network. A kit rethrows it as its own error, with the same code. */

/**
 * - `INVALID_OPTIONS`: an option of the client is missing, weak or contradictory; the message names it.
 * - `CALLBACK_NOT_ALLOWED`: a callback's address is malformed, or its origin is not one of those given.
 * - `NETWORK_UNREACHABLE`: no usable answer in time (connection, deadline, 429, 5xx), or no call was made because earlier calls just
 * failed. Nothing is lost; the same call may be made again.
 * - `NETWORK_REFUSED`: the network answered with another 4xx; {@link KitError.refusal} holds the reason.
 * - `NETWORK_ANSWER_INVALID`: the network's answer does not follow the contract. Nothing is lost.
 * - `SIGNER_UNAVAILABLE`: the signing function that was passed in failed; its own error is in `cause`. Nothing was sent.
 */
export type KitErrorCode =
  | 'INVALID_OPTIONS'
  | 'CALLBACK_NOT_ALLOWED'
  | 'NETWORK_UNREACHABLE'
  | 'NETWORK_REFUSED'
  | 'NETWORK_ANSWER_INVALID'
  | 'SIGNER_UNAVAILABLE';

/** A 4xx answer of the network, without any value of the accounts in the request. */
export interface NetworkRefusal {
  /** HTTP status. */
  readonly status: number;
  /** The most precise code the network gave: an `errordetail` reason such as `CARD_EXPIRED`, or the gateway's ReasonCode. */
  readonly reason: string | undefined;
  /** JSON pointer into the request, if the network gave one. */
  readonly source: string | undefined;
  /** The network's description, for a log: one line, if it gave one. Anything that may be a value of a cardholder is masked. */
  readonly description?: string | undefined;
  /**
   * With 401, 403 and `STALE`: how many seconds this machine's clock is ahead of the network's `Date` (negative: behind it), if the
   * difference is more than a signature, or a time in the request, allows. Then the clock must be corrected.
   */
  readonly clockAheadSeconds: number | undefined;
}

export interface KitErrorDetails {
  readonly cause?: unknown;
  /** With `NETWORK_REFUSED`. */
  readonly refusal?: NetworkRefusal | undefined;
  /** With `NETWORK_UNREACHABLE`: seconds until another call may succeed, if the network gave them or the circuit is open. */
  readonly retryAfterSeconds?: number | undefined;
}

/** The message holds codes, field names and statuses, never a value of the cardholder. */
export class KitError extends Error {
  override readonly name = 'KitError';
  readonly code: KitErrorCode;
  readonly refusal: NetworkRefusal | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: KitErrorCode, message: string, details: KitErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.refusal = details.refusal;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}
