/** What a payment and an added card have in common while their shopper is away, and who may bring them back: pure. */

import { type BrowserCookie, isSameBrowser, isSecret, sha256, type TraceContext } from '@payment-passkeys/kit';
import type { CallbackResult } from '@payment-passkeys/protocol';
import { addSeconds, PENDING_ENROLMENT_SECONDS, readCallback, type SuccessStatus } from '@payment-passkeys/protocol';
import type { IgnoredBecause } from './advice.ts';

/** Of state and cookie only SHA-256 (lower-case hex) is kept, and no account reference. */
export interface Pending {
  /** The key. Of the `state` that the callback carries. */
  readonly stateHash: string;
  /** Of the value of the browser's cookie. */
  readonly browserHash: string;
  readonly clientSessionId: string;
  readonly authenticationSessionId: string;
  /** The shop's own name for the shopper; of a guest, for the guest's session. */
  readonly shopperId: string;
  readonly startedAt: Date;
  /** A W3C `traceparent`, where the start was traced: the return goes on with it. */
  readonly traceContext?: string;
}

/** What is kept of a start, once the network has opened its session. */
export function describePending(start: {
  /** The secret that the callback will carry, and the value of the cookie. */
  readonly state: string;
  readonly cookie: BrowserCookie;
  readonly session: { readonly clientSessionId: string; readonly authenticationSessionId: string };
  readonly shopperId: string;
  readonly trace: TraceContext | undefined;
  readonly now: Date;
}): Pending {
  const { state, cookie, session, shopperId, trace, now } = start;
  return {
    stateHash: sha256(state),
    browserHash: sha256(cookie.value),
    clientSessionId: session.clientSessionId.toLowerCase(),
    authenticationSessionId: session.authenticationSessionId,
    shopperId,
    startedAt: now,
    ...(trace && { traceContext: trace.traceparent }),
  };
}

/** Who is at the door. */
export interface Visitor {
  /** The value of our cookie, or undefined where the browser sent none. */
  readonly browser: string | undefined;
  /** Who is signed in, in a shop that knows. */
  readonly shopperId: string | undefined;
}

/** Why nothing may come of a return, before its result is looked at; undefined where something may. */
export function refuseVisitor(
  pending: Pending | undefined,
  { browser, shopperId }: Visitor,
): IgnoredBecause | undefined {
  if (pending === undefined) return 'UNKNOWN';
  if (!isSameBrowser(browser, pending.browserHash)) return 'OTHER_BROWSER';
  return shopperId !== undefined && shopperId !== pending.shopperId ? 'OTHER_SHOPPER' : undefined;
}

export function hasExpired(pending: Pending, now: Date): boolean {
  return secondsLeft(pending, now) <= 0;
}

/** Until it expires, rounded up. */
export function secondsLeft({ startedAt }: Pending, now: Date): number {
  return Math.ceil((addSeconds(startedAt, PENDING_ENROLMENT_SECONDS).getTime() - now.getTime()) / 1000);
}

/** A callback as it arrived: the state's hash to look the pending thing up by, and the result that the network wrote on it. */
export interface ArrivedCallback<Success extends SuccessStatus> {
  readonly stateHash: string;
  readonly result: CallbackResult<Success>;
}

const MAX_CALLBACK_LENGTH = 8192;

/** Reads the query of a callback, which may be a path alone. Undefined unless it has one `state` and one whole result. */
export function readArrivedCallback<Success extends SuccessStatus>(
  url: string | URL,
  success: Success,
): ArrivedCallback<Success> | undefined {
  const text = String(url);
  const base = 'https://callback.invalid'; // of the address only the query counts
  if (text.length > MAX_CALLBACK_LENGTH || !URL.canParse(text, base)) return undefined;
  const { searchParams } = new URL(text, base);
  const [state, ...more] = searchParams.getAll('state');
  const result = readCallback(searchParams, success);
  if (state === undefined || more.length > 0 || !isSecret(state) || result === undefined) return undefined;
  return { stateHash: sha256(state), result };
}
