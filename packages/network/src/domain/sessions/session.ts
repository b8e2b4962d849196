/** The life of a session as pure code: state + event + now → next state, or a named refusal. */
import { timingSafeEqual } from 'node:crypto';
import {
  type AuthenticationReason,
  addSeconds,
  BINDING_ANSWER_SECONDS,
  type NextStep,
  type Reason,
  SESSION_STATES,
  type ServiceErrorCode,
  type SessionState,
  VERIFICATION_SECONDS,
  type VerificationResult,
} from '@payment-passkeys/protocol';

export { SESSION_STATES, type SessionState };

type EventKind = SessionEvent['kind'];
type Transitions = { readonly [Kind in EventKind]?: readonly SessionState[] };

const OVER_TIME: Transitions = { SUPERSEDE: ['superseded'], REVOKE: ['failed'], EXPIRE: ['expired'] };

/** All allowed transitions. Any other is refused. */
export const TRANSITIONS: { readonly [State in SessionState]: Transitions } = {
  created: { OPEN: ['opened'], CONFIRM: ['approved'], ABORT: ['cancelled'], ...OVER_TIME },
  opened: {
    OPEN: ['opened'],
    REDIRECT_TO_ISSUER: ['verifying'],
    RESULT: ['enrolled', 'approved'],
    END: ['cancelled', 'failed'],
    ...OVER_TIME,
  },
  verifying: {
    OPEN: ['verifying'],
    REDIRECT_TO_ISSUER: ['verifying'],
    VERIFY: ['verified', 'failed'],
    RESULT: ['approved'],
    END: ['cancelled', 'failed'],
    ...OVER_TIME,
  },
  verified: { OPEN: ['verified'], RESULT: ['enrolled', 'registered'], END: ['cancelled', 'failed'], ...OVER_TIME },
  registered: { OPEN: ['registered'], RESULT: ['approved'], END: ['cancelled', 'failed'], ...OVER_TIME },
  enrolled: { BIND: ['bound'], REVOKE: ['failed'], EXPIRE: ['expired'] },
  approved: {},
  bound: {},
  cancelled: {},
  failed: {},
  superseded: {},
  expired: {},
};

/** The states in which a session has ended with a result. */
export const SUCCESSFUL_ENDS: readonly SessionState[] = ['approved', 'bound'];

/** The states in which an event may happen; with `next`, only those from which it may lead to that state. */
export function statesBefore(kind: EventKind, next?: SessionState): readonly SessionState[] {
  return SESSION_STATES.filter((state) => {
    const possible = TRANSITIONS[state][kind];
    return possible !== undefined && (next === undefined || possible.includes(next));
  });
}

/** The next step of the hosted page: ask the issuer (VERIFY), create or use a passkey (PASSKEY), or approve a payment (PAY). */
export type Step = 'VERIFY' | 'PASSKEY' | 'PAY';

export function stepOf({ reason, nextStep, state }: Pick<SessionFacts, 'reason' | 'nextStep' | 'state'>): Step {
  if (reason === 'ACCOUNT_LOGIN' || state === 'verified') return 'PASSKEY';
  return nextStep === 'AUTHENTICATE' || state === 'registered' ? 'PAY' : 'VERIFY';
}

/**
 * Whether a payment that waits for a passkey of the card may be confirmed with the card's issuer instead. A passkey is then created on the
 * way, as with REGISTER (contract §9, second round). A cardholder who returns from the issuer without an answer can choose again.
 */
export function offersIssuer({ nextStep, state }: Pick<SessionFacts, 'nextStep' | 'state'>): boolean {
  return nextStep === 'AUTHENTICATE' && (state === 'created' || state === 'opened' || state === 'verifying');
}

/** What a decision needs to know of a session. Secrets are SHA-256 hashes. */
export interface SessionFacts {
  readonly state: SessionState;
  readonly reason: AuthenticationReason;
  /** Null except for a payment. */
  readonly nextStep: NextStep | null;
  readonly expiresAt: Date;
  readonly tokenHash: Buffer;
  readonly ceremonyHash: Buffer | null;
  readonly challenge: Buffer | null;
  readonly credentialHash: Buffer | null;
  /** The `jti` of the last question to the issuer. */
  readonly verificationId: string | null;
  readonly verifiedAt: Date | null;
  /** The challenge for Secure Payment Confirmation; null if none was given out, or it is used up. */
  readonly confirmationChallenge: Buffer | null;
  readonly proofHash: Buffer | null;
  readonly proofExpiresAt: Date | null;
  readonly endedAt: Date | null;
}

export type SessionEvent =
  | { readonly kind: 'OPEN'; readonly tokenHash: Buffer | undefined; readonly ceremonyHash: Buffer | undefined }
  /** The cardholder has agreed to the terms, and the issuer is asked. `deviceHasPasskey`: this device is known to hold a live passkey of the card. */
  | { readonly kind: 'REDIRECT_TO_ISSUER'; readonly deviceHasPasskey: boolean }
  /** A genuine answer of the issuer, in the browser that went there. */
  | { readonly kind: 'VERIFY'; readonly inResponseTo: string; readonly result: VerificationResult }
  | { readonly kind: 'RESULT'; readonly credentialHash: Buffer; readonly challenge: Buffer }
  /** A payment was confirmed at the shop. */
  | { readonly kind: 'CONFIRM'; readonly credentialHash: Buffer }
  | { readonly kind: 'ABORT' }
  | { readonly kind: 'END'; readonly reason: Reason }
  | { readonly kind: 'BIND'; readonly proofHash: Buffer }
  /** The merchant starts another session of the same order. */
  | { readonly kind: 'SUPERSEDE' }
  /** What the session would use was suspended or deleted, or its card was replaced. */
  | { readonly kind: 'REVOKE' }
  | { readonly kind: 'EXPIRE' };

export type SessionRefusal = keyof typeof REFUSAL_ERRORS;

/** What the caller is told of each refusal. */
export const REFUSAL_ERRORS = {
  SESSION_OVER: 'ACCESS_DENIED',
  TIME_IS_UP: 'ACCESS_DENIED',
  TOKEN_REFUSED: 'ACCESS_DENIED',
  TOKEN_SPENT: 'ACCESS_DENIED',
  NOT_OPENED: 'ACCESS_DENIED',
  NOT_VERIFIED: 'ACCESS_DENIED',
  NOT_ASKED: 'ACCESS_DENIED',
  VERIFICATION_TOO_OLD: 'ACCESS_DENIED',
  RESULT_TAKEN: 'RESULT_ALREADY_TAKEN',
  CHALLENGE_REFUSED: 'CHALLENGE_USED',
  NOT_ENROLLED: 'SESSION_NOT_ENROLLED',
  ALREADY_BOUND: 'SESSION_ALREADY_BOUND',
  PROOF_REFUSED: 'PROOF_MISMATCH',
  PROOF_TOO_OLD: 'PROOF_EXPIRED',
  CONFIRMATION_OVER: 'SESSION_OVER',
  CONFIRMATION_NOT_OFFERED: 'CONFIRMATION_NOT_OFFERED',
  NOT_YET: 'INTERNAL',
} as const satisfies Record<string, ServiceErrorCode>;

export type SessionDecision =
  | { readonly outcome: 'NEXT'; readonly next: SessionState }
  /** The same event came before: answer as then, change nothing. */
  | { readonly outcome: 'REPEATED' }
  | { readonly outcome: 'REFUSED'; readonly refusal: SessionRefusal };

const advance = (next: SessionState): SessionDecision => ({ outcome: 'NEXT', next });
const refuse = (refusal: SessionRefusal): SessionDecision => ({ outcome: 'REFUSED', refusal });
const REPEATED: SessionDecision = { outcome: 'REPEATED' };

export function decide(session: SessionFacts, event: SessionEvent, now: Date): SessionDecision {
  const decision = judge(session, event, now);
  if (decision.outcome === 'NEXT' && !TRANSITIONS[session.state][event.kind]?.includes(decision.next)) {
    throw new Error(`No transition from ${session.state} to ${decision.next} by ${event.kind}`);
  }
  return decision;
}

function judge(session: SessionFacts, event: SessionEvent, now: Date): SessionDecision {
  switch (event.kind) {
    case 'OPEN':
      return judgeOpen(session, event, now);
    case 'REDIRECT_TO_ISSUER':
      return judgeRedirectToIssuer(session, event, now);
    case 'VERIFY':
      return judgeVerification(session, event, now);
    case 'RESULT':
      return judgeResult(session, event, now);
    case 'CONFIRM':
      return judgeConfirmation(session, event, now);
    case 'ABORT':
      return judgeAbort(session, now);
    case 'END':
      return judgeEnd(session, event, now);
    case 'BIND':
      return judgeBind(session, event, now);
    case 'SUPERSEDE':
      return TRANSITIONS[session.state].SUPERSEDE ? advance('superseded') : refuse('SESSION_OVER');
    case 'REVOKE':
      return TRANSITIONS[session.state].REVOKE ? advance('failed') : refuse('SESSION_OVER');
    case 'EXPIRE':
      return judgeExpiry(session, now);
  }
}

function judgeOpen(session: SessionFacts, event: SessionEvent & { kind: 'OPEN' }, now: Date): SessionDecision {
  const sameBrowser = same(event.ceremonyHash, session.ceremonyHash);
  // The browser did not reach the shop with the proof, and the payment cannot be approved again: so the result is answered once more.
  if (session.state === 'approved' && sameBrowser && now < session.expiresAt) return REPEATED;
  if (session.state !== 'created' && !isOpened(session)) return refuse('SESSION_OVER');
  if (now >= session.expiresAt) return refuse('TIME_IS_UP');
  if (session.state === 'created') {
    return same(event.tokenHash, session.tokenHash) ? advance('opened') : refuse('TOKEN_REFUSED');
  }
  // A reload, a discarded tab, the way back from the issuer: the browser that opened the session may open it again.
  if (!sameBrowser) return refuse('TOKEN_SPENT');
  return verificationIsOver(session, now) ? refuse('VERIFICATION_TOO_OLD') : advance(session.state);
}

function judgeRedirectToIssuer(
  session: SessionFacts,
  event: SessionEvent & { kind: 'REDIRECT_TO_ISSUER' },
  now: Date,
): SessionDecision {
  if (session.state === 'created') return refuse('NOT_OPENED');
  if (!isOpened(session)) return refuse('SESSION_OVER');
  if (now >= session.expiresAt) return refuse('TIME_IS_UP');
  const asked = stepOf(session) === 'VERIFY' || (offersIssuer(session) && !event.deviceHasPasskey);
  return asked ? advance('verifying') : refuse('NOT_ASKED');
}

function judgeVerification(
  session: SessionFacts,
  event: SessionEvent & { kind: 'VERIFY' },
  now: Date,
): SessionDecision {
  const answersThis = session.verificationId !== null && event.inResponseTo === session.verificationId;
  if (session.state !== 'verifying') {
    // The same answer again: a reload on the way back.
    const taken = session.verifiedAt !== null && isOpened(session);
    return taken && answersThis && event.result === 'VERIFIED' ? REPEATED : refuse('NOT_ASKED');
  }
  // An attacker can make a browser follow a genuine answer to another request.
  if (!answersThis) return refuse('NOT_ASKED');
  if (now >= session.expiresAt) return refuse('TIME_IS_UP');
  return advance(event.result === 'VERIFIED' ? 'verified' : 'failed');
}

function judgeResult(session: SessionFacts, event: SessionEvent & { kind: 'RESULT' }, now: Date): SessionDecision {
  const sameCredential = same(event.credentialHash, session.credentialHash);
  if (isProven(session)) return sameCredential ? REPEATED : refuse('RESULT_TAKEN');
  if (session.state === 'created') return refuse('NOT_OPENED');
  if (!isOpened(session)) return refuse('SESSION_OVER');
  if (session.state === 'registered' && sameCredential) return REPEATED;
  if (now >= session.expiresAt) return refuse('TIME_IS_UP');
  const step = stepOf(session);
  if (step === 'VERIFY') return refuse('NOT_VERIFIED');
  if (verificationIsOver(session, now)) return refuse('VERIFICATION_TOO_OLD');
  if (!same(event.challenge, session.challenge)) return refuse('CHALLENGE_REFUSED');
  if (step === 'PAY') return advance('approved');
  return advance(session.reason === 'TRANSACTION_AUTHENTICATION' ? 'registered' : 'enrolled');
}

function judgeConfirmation(
  session: SessionFacts,
  event: SessionEvent & { kind: 'CONFIRM' },
  now: Date,
): SessionDecision {
  if (session.state === 'approved') {
    return same(event.credentialHash, session.credentialHash) ? REPEATED : refuse('RESULT_TAKEN');
  }
  if (session.state !== 'created' || now >= session.expiresAt) return refuse('CONFIRMATION_OVER');
  return session.confirmationChallenge === null ? refuse('CONFIRMATION_NOT_OFFERED') : advance('approved');
}

function judgeAbort(session: SessionFacts, now: Date): SessionDecision {
  if (session.state === 'cancelled') return REPEATED;
  return session.state === 'created' && now < session.expiresAt ? advance('cancelled') : refuse('CONFIRMATION_OVER');
}

function judgeEnd(session: SessionFacts, event: SessionEvent & { kind: 'END' }, now: Date): SessionDecision {
  if (session.state === 'cancelled' || session.state === 'failed') return REPEATED;
  if (isProven(session)) return refuse('RESULT_TAKEN');
  if (session.state === 'created') return refuse('NOT_OPENED');
  if (!isOpened(session)) return refuse('SESSION_OVER');
  if (now >= session.expiresAt) return refuse('TIME_IS_UP');
  return advance(event.reason === 'USER_CANCELLATION' ? 'cancelled' : 'failed');
}

function judgeBind(session: SessionFacts, event: SessionEvent & { kind: 'BIND' }, now: Date): SessionDecision {
  // A payment's proof is for the merchant, and binds nothing. A revoked session is not enrolled any more.
  const over = session.state === 'approved' || session.state === 'failed';
  const enrolled = !over && session.proofHash !== null && session.proofExpiresAt !== null;
  if (!enrolled) return refuse('NOT_ENROLLED');
  const sameProof = same(event.proofHash, session.proofHash);
  if (session.state === 'bound') {
    const answeredUntil = addSeconds(session.endedAt ?? session.expiresAt, BINDING_ANSWER_SECONDS);
    return sameProof && now < answeredUntil ? REPEATED : refuse('ALREADY_BOUND');
  }
  if (!sameProof) return refuse('PROOF_REFUSED');
  const inTime = session.proofExpiresAt !== null && now < session.proofExpiresAt;
  return session.state === 'enrolled' && inTime ? advance('bound') : refuse('PROOF_TOO_OLD');
}

function judgeExpiry(session: SessionFacts, now: Date): SessionDecision {
  if (TRANSITIONS[session.state].EXPIRE === undefined) return REPEATED;
  return now >= (session.proofExpiresAt ?? session.expiresAt) ? advance('expired') : refuse('NOT_YET');
}

/** Whether the caller holds the session's access token, spent or not, or the cookie of the browser that opened it. */
export function holdsKey(
  session: Pick<SessionFacts, 'tokenHash' | 'ceremonyHash'>,
  keys: { readonly tokenHash: Buffer | undefined; readonly ceremonyHash: Buffer | undefined },
): boolean {
  return same(keys.tokenHash, session.tokenHash) || same(keys.ceremonyHash, session.ceremonyHash);
}

/** Whether the session was opened in a browser and has not come to its end there. */
export function isOpened({ state }: Pick<SessionFacts, 'state'>): boolean {
  return TRANSITIONS[state].END !== undefined;
}

function isProven({ state }: SessionFacts): boolean {
  return state === 'enrolled' || state === 'approved' || state === 'bound';
}

/** The passkey has to be made, and bound, while the issuer's verification is fresh (contract §11). */
function verificationIsOver({ state, verifiedAt }: SessionFacts, now: Date): boolean {
  return state === 'verified' && (verifiedAt === null || now >= addSeconds(verifiedAt, VERIFICATION_SECONDS));
}

function same(a: Buffer | null | undefined, b: Buffer | null | undefined): boolean {
  return a != null && b != null && a.length === b.length && timingSafeEqual(a, b);
}
