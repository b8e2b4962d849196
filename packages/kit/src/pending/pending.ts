/** An enrolment or a payment between the start and the return of its browser. */
import { addSeconds, BINDING_ANSWER_SECONDS, PENDING_ENROLMENT_SECONDS } from '@payment-passkeys/protocol';
import { type BrowserCookie, sha256 } from '../callback/browser-cookie.ts';
import type { TraceContext } from '../tracing/trace-context.ts';

/** A store may delete a record 24 hours and 35 minutes after its start. */
export const PENDING_KEPT_SECONDS: number = PENDING_ENROLMENT_SECONDS + BINDING_ANSWER_SECONDS;

/** The stored record. It holds no account reference and no secret, only the SHA-256 (lower-case hex) of `state` and of the cookie. */
export interface Pending {
  /** The key: the hash of the callback's `state`. */
  readonly stateHash: string;
  /** The hash of the browser's cookie value. */
  readonly browserHash: string;
  /** A UUID in lower case. */
  readonly clientSessionId: string;
  readonly authenticationSessionId: string;
  readonly startedAt: Date;
  /** The W3C `traceparent` of the start, if it was traced: the return continues this trace. */
  readonly traceContext?: string;
}

/** Builds the record to store after the network has opened its session. */
export function describePending(start: {
  /** The secret in the callback's query. */
  readonly state: string;
  readonly cookie: BrowserCookie;
  readonly session: { readonly clientSessionId: string; readonly authenticationSessionId: string };
  readonly trace: TraceContext | undefined;
  readonly now: Date;
}): Pending {
  const { state, cookie, session, trace, now } = start;
  return {
    stateHash: sha256(state),
    browserHash: sha256(cookie.value),
    clientSessionId: session.clientSessionId.toLowerCase(),
    authenticationSessionId: session.authenticationSessionId,
    startedAt: now,
    ...(trace && { traceContext: trace.traceparent }),
  };
}

/** True if 35 minutes or more have passed since the start: then no return can complete it. */
export function hasExpired(pending: Pending, now: Date): boolean {
  return secondsLeft(pending, now) <= 0;
}

/** Seconds until it expires, rounded up. */
export function secondsLeft({ startedAt }: Pending, now: Date): number {
  return Math.ceil((addSeconds(startedAt, PENDING_ENROLMENT_SECONDS).getTime() - now.getTime()) / 1000);
}

/** Whole seconds since the start, at least 0. */
export function secondsSince({ startedAt }: Pending, now: Date): number {
  return Math.max(0, Math.round((now.getTime() - startedAt.getTime()) / 1000));
}
