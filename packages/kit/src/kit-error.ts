/** What a client's calls to the network throw: a kit hands these on as its own error, code for code. */

/**
 * - `INVALID_OPTIONS`: what the client was made with is missing, weak or contradictory; the message names it.
 * - `CALLBACK_NOT_ALLOWED`: a callback's address is malformed, or its origin is not one of those given.
 * - `NETWORK_UNREACHABLE`: no usable answer in time (connection, deadline, 429, 5xx), or not asked again because there was none just now.
 *   Nothing is lost; the same call may be made again.
 * - `NETWORK_REFUSED`: the network answered with another 4xx; {@link KitError.refusal} says which.
 * - `NETWORK_ANSWER_INVALID`: the network's answer is not what the contract says. Nothing is lost.
 * - `SIGNER_UNAVAILABLE`: the signing function that was passed in failed; its own error is in `cause`. Nothing was sent.
 */
export type KitErrorCode =
  | 'INVALID_OPTIONS'
  | 'CALLBACK_NOT_ALLOWED'
  | 'NETWORK_UNREACHABLE'
  | 'NETWORK_REFUSED'
  | 'NETWORK_ANSWER_INVALID'
  | 'SIGNER_UNAVAILABLE';

/** A 4xx of the network, without any value of the request's accounts. */
export interface NetworkRefusal {
  /** HTTP status. */
  readonly status: number;
  /** The most precise code the network gave: an `errordetail` reason such as `CARD_EXPIRED`, or the gateway's ReasonCode. */
  readonly reason: string | undefined;
  /** JSON pointer into the request, where the network gave one. */
  readonly source: string | undefined;
  /** What the network said in words, for a log: one line, where it gave one. Whatever may be a value of a cardholder's is masked. */
  readonly description?: string | undefined;
  /**
   * With 401 and 403, and with `STALE`: by how many seconds this machine's clock is ahead of the network's `Date` (negative: behind it),
   * where that is more than a signature, or a time within the request, may be off by. Then the clock is what has to be put right.
   */
  readonly clockAheadSeconds: number | undefined;
}

export interface KitErrorDetails {
  readonly cause?: unknown;
  /** With `NETWORK_REFUSED`. */
  readonly refusal?: NetworkRefusal | undefined;
  /** With `NETWORK_UNREACHABLE`: when it may be worth asking again, where the network said so or is not being asked. */
  readonly retryAfterSeconds?: number | undefined;
}

/** Its message carries codes, field names and statuses, never a value of the cardholder's. */
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
