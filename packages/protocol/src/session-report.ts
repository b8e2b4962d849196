/** The state of a session, contract §15: `GET /authentication/sessions/{authenticationSessionId}`, for its own client. */
import Type, { type Static } from 'typebox';
import { SessionId, Text, Timestamp, Uuid } from './fields.ts';
import { CALLBACK_STATUSES, REASONS } from './outcomes.ts';
import { SESSIONS_PATH } from './sessions.ts';

/**
 * The states of a session. An issuer's session is `created`, `opened` in a browser, `enrolled` with a passkey, `bound` by the Authenticators API. A
 * merchant's session may also be `verifying` (the browser was sent to the card's issuer) and `verified`; a payment's session also `registered` (a
 * passkey was made and bound before the approval) and `approved`. The last four of the list are ends without a result.
 */
export const SESSION_STATES = [
  'created',
  'opened',
  'verifying',
  'verified',
  'registered',
  'enrolled',
  'approved',
  'bound',
  'cancelled',
  'failed',
  'superseded',
  'expired',
] as const;
/** A state of a session, such as `created`, `bound`, `approved` or `expired`. */
export type SessionState = (typeof SESSION_STATES)[number];

export function sessionPath(authenticationSessionId: string): string {
  return `${SESSIONS_PATH}/${authenticationSessionId}`;
}

/** The parameter of {@link sessionPath}, and of every path below it. */
export const SessionParameters = Type.Object({ authenticationSessionId: SessionId });

/** The answer. It contains no proof and no account. */
export const SessionReport = Type.Object({
  authenticationSessionId: SessionId,
  clientSessionId: Uuid,
  state: Type.Enum(SESSION_STATES),
  /** The status in the callback, sent or not. Absent while the session is open, and when it expired or was superseded. */
  status: Type.Optional(Type.Enum(CALLBACK_STATUSES)),
  /** With CANCELLED and ERROR. */
  reason: Type.Optional(Type.Enum(REASONS)),
  createdAt: Timestamp,
  expiresAt: Timestamp,
  endedAt: Type.Optional(Timestamp),
  /** The network's id of the passkey, from the ceremony's result on. */
  credentialId: Type.Optional(Text(64)),
  /** The client's binding: of a bound session, and of a payment. */
  bindingId: Type.Optional(Text(64)),
  /** Only while the card's issuer has not activated the binding. A suspension is not reported here. */
  bindingStatus: Type.Optional(Type.Literal('PENDING_ACTIVATION')),
});
export type SessionReport = Static<typeof SessionReport>;
