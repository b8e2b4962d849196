/** How an enrolment or a payment ends: the statuses and reasons of contract §3, which are closed sets, and the reason for an HTTP status. */

/** Both come with a proof. ENROLLED: a passkey was made or used for the accounts. AUTHENTICATED: a payment was approved. */
export const SUCCESS_STATUSES = ['ENROLLED', 'AUTHENTICATED'] as const;
export type SuccessStatus = (typeof SUCCESS_STATUSES)[number];

/** The `status` of a callback. */
export const CALLBACK_STATUSES = [...SUCCESS_STATUSES, 'CANCELLED', 'ERROR'] as const;
export type CallbackStatus = (typeof CALLBACK_STATUSES)[number];

/** The `reason` of a callback that is not a success. */
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

/** The reasons that the hosted page may report to `POST /auth/passkeys/end`. Only the network gives the others. */
export const END_REASONS = [
  'USER_CANCELLATION',
  'DUPLICATE_CREDENTIALS',
  'CREDENTIALS_CREATION_NOT_ALLOWED',
  'CREDENTIALS_NOT_VERIFIED',
  'UNKNOWN_ERROR',
] as const satisfies readonly Reason[];
export type EndReason = (typeof END_REASONS)[number];

/** The status and reason of a callback that is not a success. */
export interface Failure {
  readonly status: 'CANCELLED' | 'ERROR';
  readonly reason: Reason;
}

/** A reason with its status. Only the cardholder's own cancellation is CANCELLED. */
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

/** The reason for an error status of the page's back end. SERVICE_ERROR for a status that is not in the table. */
export function reasonForHttpStatus(status: number): Reason {
  return REASON_BY_STATUS.get(status) ?? 'SERVICE_ERROR';
}

/** Whether a string from outside is one of the reasons. */
export function isReason(value: string): value is Reason {
  return (REASONS as readonly string[]).includes(value);
}
