/** How an enrolment or a payment ends: the closed sets of statuses and reasons of contract §3, and how an HTTP status becomes a reason. */

/** ENROLLED and AUTHENTICATED come with a proof: a passkey was made or used for these accounts, a payment was approved. */
export const SUCCESS_STATUSES = ['ENROLLED', 'AUTHENTICATED'] as const;
export type SuccessStatus = (typeof SUCCESS_STATUSES)[number];

export const CALLBACK_STATUSES = [...SUCCESS_STATUSES, 'CANCELLED', 'ERROR'] as const;
export type CallbackStatus = (typeof CALLBACK_STATUSES)[number];

export const REASONS = [
  'USER_CANCELLATION',
  'DUPLICATE_CREDENTIALS',
  'CREDENTIALS_CREATION_NOT_ALLOWED',
  'CREDENTIALS_NOT_VERIFIED',
  'INVALID_QUERY_PARAMS',
  'INVALID_ARGUMENT',
  'PERMISSION_DENIED',
  'FORBIDDEN',
  'NOT_FOUND',
  'INVALID_STATE',
  'SERVICE_UNAVAILABLE',
  'SERVICE_ERROR',
  'UNKNOWN_ERROR',
] as const;
/** Why an enrolment or a payment did not succeed. */
export type Reason = (typeof REASONS)[number];

/** What the hosted page itself may report to `POST /auth/passkeys/end`; every other reason is the network's to give. */
export const END_REASONS = [
  'USER_CANCELLATION',
  'DUPLICATE_CREDENTIALS',
  'CREDENTIALS_CREATION_NOT_ALLOWED',
  'CREDENTIALS_NOT_VERIFIED',
  'UNKNOWN_ERROR',
] as const satisfies readonly Reason[];
export type EndReason = (typeof END_REASONS)[number];

/** An end that is not a success, as it travels on the callback. */
export interface Failure {
  readonly status: 'CANCELLED' | 'ERROR';
  readonly reason: Reason;
}

/** The status that goes with a reason: only the cardholder's own "Not now" is CANCELLED. */
export function failureOf(reason: Reason): Failure {
  return { status: reason === 'USER_CANCELLATION' ? 'CANCELLED' : 'ERROR', reason };
}

const REASON_BY_STATUS: ReadonlyMap<number, Reason> = new Map([
  [400, 'INVALID_ARGUMENT'],
  [401, 'PERMISSION_DENIED'],
  [403, 'FORBIDDEN'],
  [404, 'NOT_FOUND'],
  [500, 'INVALID_STATE'],
  [503, 'SERVICE_UNAVAILABLE'],
]);

/** The reason for an error status of the page's back end; any status outside the table is SERVICE_ERROR. */
export function reasonForHttpStatus(status: number): Reason {
  return REASON_BY_STATUS.get(status) ?? 'SERVICE_ERROR';
}

/** Narrows a string that came in from outside to a reason of the closed set. */
export function isReason(value: string): value is Reason {
  return (REASONS as readonly string[]).includes(value);
}
