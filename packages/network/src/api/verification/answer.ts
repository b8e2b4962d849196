/**
 * The issuer's answer to a verification request (contract §11). It counts once, only in the browser that was sent to the issuer, and only
 * for the last request.
 */

import { verifyVerificationResponse } from '@payment-passkeys/channel';
import {
  buildFailureCallback,
  failureOf,
  PAGE_PATH,
  type VerificationResponseClaims,
} from '@payment-passkeys/protocol';
import type { Pool } from 'pg';
import { hashSecret } from '../../domain/ceremonies/cookie.ts';
import { returnAddress } from '../../domain/ceremonies/return-address.ts';
import { endSession } from '../../domain/ceremonies/store.ts';
import { readClientKey } from '../../domain/clients/public-keys.ts';
import { decide } from '../../domain/sessions/session.ts';
import { findSessionOfCeremony, type Session } from '../../domain/sessions/store.ts';
import { noteStep } from '../../domain/timeline/notes.ts';
import { buildStep } from '../../domain/timeline/step.ts';
import { findVerifyingIssuer } from '../../domain/verification/issuer.ts';
import { consumeVerification, findHandlesOfRequest } from '../../domain/verification/store.ts';
import type { Network } from '../../network.ts';
import type { Counted } from '../../platform/telemetry/metrics.ts';

/** What became of an answer. The metric has it as a label. */
export type AnswerOutcome = 'VERIFIED' | 'REPEATED' | 'REFUSED' | 'LATE' | 'OTHER_REQUEST' | 'FORGED' | 'OTHER_BROWSER';

export interface TakenAnswer extends Counted {
  readonly outcome: AnswerOutcome;
  /** Where the browser goes: to the hosted page, or after a failure to the callback. */
  readonly location: string;
}

type Dependencies = Pick<Network, 'config' | 'pool' | 'tracing' | 'clock'>;

export async function takeAnswer(
  attempt: { readonly response: string; readonly ceremonySecret: string | undefined },
  network: Dependencies,
): Promise<TakenAnswer> {
  const { response, ceremonySecret } = attempt;
  const session = ceremonySecret ? await findSessionOfCeremony(network.pool, hashSecret(ceremonySecret)) : undefined;
  network.tracing.join(session?.traceContext);
  const issuer = session && (await findVerifyingIssuer(network.pool, session));
  if (session === undefined || issuer === undefined) return sendElsewhere(response, network.pool);
  const verdict = await verifyVerificationResponse({
    response,
    publicKey: readClientKey(issuer.verification.signingKey),
    issuer: issuer.clientId,
    audience: network.config.publicUrl,
    now: network.clock(),
  });
  // Anybody can forge a token and make a browser follow it, so a forged answer ends nothing.
  if (!verdict.ok && verdict.code === 'RESPONSE_INVALID') return refuse(session, 'FORGED', network);
  return take(session, { claims: verdict.claims, late: !verdict.ok }, network);
}

interface Answer {
  readonly claims: VerificationResponseClaims;
  readonly late: boolean;
}

async function take(session: Session, { claims, late }: Answer, network: Dependencies): Promise<TakenAnswer> {
  const now = network.clock();
  const { sessionId } = session;
  const verified = claims.result === 'VERIFIED' && !late ? claims : undefined;
  const result = verified === undefined ? 'REFUSED' : 'VERIFIED';
  const decision = decide(session, { kind: 'VERIFY', inResponseTo: claims.inResponseTo, result }, now);
  // The session did not ask with this request, or does not wait for an answer any more.
  if (decision.outcome === 'REFUSED') {
    const asked = claims.inResponseTo === session.verificationId;
    return refuse(session, asked ? 'LATE' : 'OTHER_REQUEST', network);
  }
  if (decision.outcome === 'REPEATED') {
    await noteStep(session, { step: 'ISSUER_ANSWER', decision: 'REPEATED' }, network);
    return { outcome: 'REPEATED', location: pageOf(session) };
  }
  const again = async () => {
    const { ceremonyHash } = session;
    const current = ceremonyHash === null ? undefined : await findSessionOfCeremony(network.pool, ceremonyHash);
    return current === undefined ? sendElsewhere('', network.pool) : take(current, { claims, late }, network);
  };
  if (decision.next === 'verified' && verified !== undefined) {
    const claimed = new Date(verified.verifiedAt * 1000);
    const verifiedAt = claimed < now ? claimed : now; // the issuer's clock may run ahead
    const verification = { method: verified.method, verifiedAt: verifiedAt.toISOString() };
    const step = buildStep({ step: 'ISSUER_ANSWER' }, { session, tracing: network.tracing, now });
    const answer = { sessionId, requestId: claims.inResponseTo, verification, verifiedAt, step, now };
    return (await consumeVerification(network.pool, answer))
      ? { outcome: 'VERIFIED', location: pageOf(session) }
      : again();
  }
  const reason = 'PERMISSION_DENIED';
  const failed = {
    step: 'END',
    state: 'failed',
    by: 'ISSUER',
    code: reason,
    because: late ? 'LATE' : undefined,
  } as const;
  const step = buildStep(failed, { session, tracing: network.tracing, now });
  const end = { sessionId, state: 'failed', reason, by: 'ISSUER', step, now } as const;
  if (!(await endSession(network.pool, end))) return again();
  return {
    outcome: late ? 'LATE' : 'REFUSED',
    location: buildFailureCallback(returnAddress(session), failureOf(reason)),
    ended: { clientId: session.clientId, outcome: reason },
  };
}

/** The session's state does not change. The hosted page asks for it. */
async function refuse(
  session: Session,
  outcome: 'FORGED' | 'LATE' | 'OTHER_REQUEST',
  network: Dependencies,
): Promise<TakenAnswer> {
  await noteStep(session, { step: 'ISSUER_ANSWER', decision: 'REFUSED', because: outcome }, network);
  return { outcome, location: pageOf(session) };
}

/**
 * For a browser that was not sent to the issuer for this answer. Nothing changes. The browser gets the hosted page without access to the
 * session, and the page returns to the callback with a failure. If the response names no known request, the page shows a failure.
 */
async function sendElsewhere(response: string, pool: Pool): Promise<TakenAnswer> {
  const requestId = readRequestId(response);
  const handles = requestId === undefined ? undefined : await findHandlesOfRequest(pool, requestId);
  return { outcome: 'OTHER_BROWSER', location: handles === undefined ? PAGE_PATH : pageOf(handles) };
}

/** The address of the hosted page. The page opens the session by the ceremony cookie, because the access token is used up. */
function pageOf(handles: Parameters<typeof toQuery>[0] | Session): string {
  return `${PAGE_PATH}?${toQuery(handles)}`;
}

function toQuery(
  handles:
    | { readonly clientId: string; readonly authenticationSessionId: string; readonly clientSessionId: string }
    | Session,
): string {
  const { clientId, clientSessionId } = handles;
  const authenticationSessionId = 'sessionId' in handles ? handles.sessionId : handles.authenticationSessionId;
  return new URLSearchParams({
    clientId,
    authenticationSessionId,
    clientSessionId,
    verification: 'answered',
  }).toString();
}

/** The request that a response names. Not verified. */
function readRequestId(response: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(response.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const requestId =
      typeof claims === 'object' && claims !== null && 'inResponseTo' in claims ? claims.inResponseTo : '';
    return typeof requestId === 'string' && /^[\w-]{22,64}$/.test(requestId) ? requestId : undefined;
  } catch {
    return undefined;
  }
}
