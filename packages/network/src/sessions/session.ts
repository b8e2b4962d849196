/** The life of a session as pure code: state + event + now → next state, or a named refusal. */
import { timingSafeEqual } from 'node:crypto';
import { addSeconds, BINDING_ANSWER_SECONDS, type EndReason, type ServiceErrorCode } from '@payment-passkeys/protocol';

export type SessionState = 'created' | 'opened' | 'enrolled' | 'bound' | 'cancelled' | 'failed' | 'expired';
type EventKind = 'OPEN' | 'RESULT' | 'END' | 'BIND' | 'EXPIRE';

/** Everything that may happen. What is not here is refused. */
const TRANSITIONS: { readonly [State in SessionState]: { readonly [Kind in EventKind]?: readonly SessionState[] } } = {
  created: { OPEN: ['opened'], EXPIRE: ['expired'] },
  opened: { OPEN: ['opened'], RESULT: ['enrolled'], END: ['cancelled', 'failed'], EXPIRE: ['expired'] },
  enrolled: { BIND: ['bound'], EXPIRE: ['expired'] },
  bound: {},
  cancelled: {},
  failed: {},
  expired: {},
};

/** What a decision needs to know of a session. Secrets are SHA-256 hashes. */
export interface SessionFacts {
  readonly state: SessionState;
  readonly expiresAt: Date;
  readonly tokenHash: Buffer;
  readonly ceremonyHash: Buffer | null;
  readonly challenge: Buffer | null;
  readonly credentialHash: Buffer | null;
  readonly proofHash: Buffer | null;
  readonly proofExpiresAt: Date | null;
  readonly endedAt: Date | null;
}

export type SessionEvent =
  | { readonly kind: 'OPEN'; readonly tokenHash: Buffer | undefined; readonly ceremonyHash: Buffer | undefined }
  | { readonly kind: 'RESULT'; readonly credentialHash: Buffer; readonly challenge: Buffer }
  | { readonly kind: 'END'; readonly reason: EndReason }
  | { readonly kind: 'BIND'; readonly proofHash: Buffer }
  | { readonly kind: 'EXPIRE' };

export type SessionRefusal = keyof typeof REFUSAL_ERRORS;

/** What the caller is told of each refusal. */
export const REFUSAL_ERRORS = {
  SESSION_OVER: 'ACCESS_DENIED',
  TIME_IS_UP: 'ACCESS_DENIED',
  TOKEN_REFUSED: 'ACCESS_DENIED',
  TOKEN_SPENT: 'ACCESS_DENIED',
  NOT_OPENED: 'ACCESS_DENIED',
  RESULT_TAKEN: 'RESULT_ALREADY_TAKEN',
  CHALLENGE_REFUSED: 'CHALLENGE_USED',
  NOT_ENROLLED: 'SESSION_NOT_ENROLLED',
  ALREADY_BOUND: 'SESSION_ALREADY_BOUND',
  PROOF_REFUSED: 'PROOF_MISMATCH',
  PROOF_TOO_OLD: 'PROOF_EXPIRED',
  NOT_YET: 'INTERNAL',
} as const satisfies Record<string, ServiceErrorCode>;

export type SessionDecision =
  | { readonly next: SessionState }
  /** The same event came before: answer as then, change nothing. */
  | { readonly repeated: true }
  | { readonly refusal: SessionRefusal };

export function decide(session: SessionFacts, event: SessionEvent, now: Date): SessionDecision {
  const decision = judge(session, event, now);
  if ('next' in decision && !TRANSITIONS[session.state][event.kind]?.includes(decision.next)) {
    throw new Error(`No transition from ${session.state} to ${decision.next} by ${event.kind}`);
  }
  return decision;
}

function judge(session: SessionFacts, event: SessionEvent, now: Date): SessionDecision {
  switch (event.kind) {
    case 'OPEN':
      return judgeOpen(session, event, now);
    case 'RESULT':
      return judgeResult(session, event, now);
    case 'END':
      return judgeEnd(session, event, now);
    case 'BIND':
      return judgeBind(session, event, now);
    case 'EXPIRE':
      return judgeExpiry(session, now);
  }
}

function judgeOpen(session: SessionFacts, event: SessionEvent & { kind: 'OPEN' }, now: Date): SessionDecision {
  if (session.state !== 'created' && session.state !== 'opened') return { refusal: 'SESSION_OVER' };
  if (now >= session.expiresAt) return { refusal: 'TIME_IS_UP' };
  if (session.state === 'created') {
    return same(event.tokenHash, session.tokenHash) ? { next: 'opened' } : { refusal: 'TOKEN_REFUSED' };
  }
  // A reload or a discarded tab: the browser that opened the session may do so again.
  return same(event.ceremonyHash, session.ceremonyHash) ? { next: 'opened' } : { refusal: 'TOKEN_SPENT' };
}

function judgeResult(session: SessionFacts, event: SessionEvent & { kind: 'RESULT' }, now: Date): SessionDecision {
  if (session.state === 'enrolled' || session.state === 'bound') {
    return same(event.credentialHash, session.credentialHash) ? { repeated: true } : { refusal: 'RESULT_TAKEN' };
  }
  if (session.state === 'created') return { refusal: 'NOT_OPENED' };
  if (session.state !== 'opened') return { refusal: 'SESSION_OVER' };
  if (now >= session.expiresAt) return { refusal: 'TIME_IS_UP' };
  return same(event.challenge, session.challenge) ? { next: 'enrolled' } : { refusal: 'CHALLENGE_REFUSED' };
}

function judgeEnd(session: SessionFacts, event: SessionEvent & { kind: 'END' }, now: Date): SessionDecision {
  if (session.state === 'cancelled' || session.state === 'failed') return { repeated: true };
  if (session.state === 'enrolled' || session.state === 'bound') return { refusal: 'RESULT_TAKEN' };
  if (session.state === 'created') return { refusal: 'NOT_OPENED' };
  if (session.state === 'expired') return { refusal: 'SESSION_OVER' };
  if (now >= session.expiresAt) return { refusal: 'TIME_IS_UP' };
  return { next: event.reason === 'USER_CANCELLATION' ? 'cancelled' : 'failed' };
}

function judgeBind(session: SessionFacts, event: SessionEvent & { kind: 'BIND' }, now: Date): SessionDecision {
  if (session.proofHash === null || session.proofExpiresAt === null) return { refusal: 'NOT_ENROLLED' };
  const sameProof = same(event.proofHash, session.proofHash);
  if (session.state === 'bound') {
    const answeredUntil = addSeconds(session.endedAt ?? session.proofExpiresAt, BINDING_ANSWER_SECONDS);
    return sameProof && now < answeredUntil ? { repeated: true } : { refusal: 'ALREADY_BOUND' };
  }
  if (!sameProof) return { refusal: 'PROOF_REFUSED' };
  return session.state === 'enrolled' && now < session.proofExpiresAt
    ? { next: 'bound' }
    : { refusal: 'PROOF_TOO_OLD' };
}

function judgeExpiry(session: SessionFacts, now: Date): SessionDecision {
  if (session.state !== 'created' && session.state !== 'opened' && session.state !== 'enrolled')
    return { repeated: true };
  return now >= (session.proofExpiresAt ?? session.expiresAt) ? { next: 'expired' } : { refusal: 'NOT_YET' };
}

function same(a: Buffer | null | undefined, b: Buffer | null | undefined): boolean {
  return a != null && b != null && a.length === b.length && timingSafeEqual(a, b);
}
