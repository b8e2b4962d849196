/** `POST /authentication/sessions/{id}/assertion` (contract §10): the outcome of Secure Payment Confirmation at the shop. */

import type {
  AcceptedAssertion,
  AssertionAnswer,
  AssertionRequest,
  AuthenticationCredential,
  ServiceErrorCode,
} from '@payment-passkeys/protocol';
import { CeremonyError, type PaymentMismatch, verifyPaymentAssertion } from '@payment-passkeys/webauthn';
import { indexVersions } from '../../domain/accounts/account-vault.ts';
import { hashCredential } from '../../domain/ceremonies/own-session.ts';
import { findSessionAndPasskey, type SessionAndPasskey } from '../../domain/ceremonies/session-and-passkey.ts';
import { admitFirst, type SignedCall } from '../../domain/clients/signed-request.ts';
import type { Passkey } from '../../domain/passkeys/store.ts';
import { expectedPayment } from '../../domain/payment-confirmation/confirmation.ts';
import { optOut } from '../../domain/payment-confirmation/opt-out.ts';
import { approvePayment, findWaysToPay } from '../../domain/payments/approval.ts';
import { abortPayment, dropConfirmation } from '../../domain/payments/store.ts';
import { repeatProof } from '../../domain/proofs/success.ts';
import { findClientSession } from '../../domain/sessions/client-session.ts';
import { decide, isOpened, REFUSAL_ERRORS, type SessionRefusal } from '../../domain/sessions/session.ts';
import type { Session } from '../../domain/sessions/store.ts';
import { type Attempt, noteStep, RefusedAttempt } from '../../domain/timeline/notes.ts';
import { buildStep } from '../../domain/timeline/step.ts';
import type { Network } from '../../network.ts';
import { ServiceError } from '../../platform/errors/errors.ts';
import type { Counted } from '../../platform/telemetry/metrics.ts';

/** The error for each part in which the shown payment differs from what the network handed out. */
const MISMATCH_ERRORS = {
  TYPE: 'PAYMENT_TYPE_MISMATCH',
  CHALLENGE: 'PAYMENT_CHALLENGE_MISMATCH',
  ORIGIN: 'PAYMENT_ORIGIN_MISMATCH',
  RELYING_PARTY: 'PAYMENT_RELYING_PARTY_MISMATCH',
  PAYEE: 'PAYMENT_PAYEE_MISMATCH',
  TOTAL: 'PAYMENT_TOTAL_MISMATCH',
  INSTRUMENT: 'PAYMENT_INSTRUMENT_MISMATCH',
} as const satisfies Record<PaymentMismatch, ServiceErrorCode>;

/** The codes that {@link takeAssertion} throws. */
export const ASSERTION_ERRORS = [
  ...Object.values(MISMATCH_ERRORS),
  'PAYMENT_CREDENTIAL_MISMATCH',
  'SESSION_NOT_FOUND',
  'SESSION_OVER',
  'ORDER_ALREADY_APPROVED',
  'CONFIRMATION_NOT_OFFERED',
  'RESULT_ALREADY_TAKEN',
  'CREDENTIAL_REFUSED',
  'ACCESS_DENIED',
  'CLIENT_SUSPENDED',
] as const satisfies readonly ServiceErrorCode[];

export interface AssertionCall {
  readonly signed: SignedCall;
  readonly sessionId: string;
  readonly assertion: AssertionRequest;
}

type Dependencies = Pick<Network, 'config' | 'pool' | 'keys' | 'policy' | 'tracing' | 'clock'>;

export interface AssertionResult extends Counted {
  readonly answer: AssertionAnswer;
}

/** Throws {@link ServiceError}. A repeated call gets the same answer. */
export async function takeAssertion(call: AssertionCall, network: Dependencies): Promise<AssertionResult> {
  const { assertion } = call;
  switch (assertion.outcome) {
    case 'ACCEPTED':
      return takeAccepted(call, assertion, network);
    case 'ABORTED':
      return abort(call, network);
    case 'OPTED_OUT': {
      const session = await findPaymentSession(call, network);
      // Recorded in every state of the session, because the cardholder asked for it.
      await recordOptOut(call, session, network);
      return waitForPage(session, network.clock());
    }
    case 'ANOTHER_WAY':
      return waitForPage(await findPaymentSession(call, network), network.clock());
  }
}

async function findPaymentSession(
  { signed: { client }, sessionId }: AssertionCall,
  network: Pick<Dependencies, 'pool' | 'tracing'>,
): Promise<Session> {
  return checkOffered(await findClientSession({ clientId: client.clientId, sessionId }, network));
}

function checkOffered(session: Session): Session {
  if (session.confirmationPasskeys === null) throw new ServiceError({ code: 'CONFIRMATION_NOT_OFFERED' });
  return session;
}

function waitForPage(session: Session, now: Date): AssertionResult {
  const open = session.state === 'created' || isOpened(session);
  if (!open || now >= session.expiresAt) throw new ServiceError({ code: 'SESSION_OVER' });
  return { answer: { status: 'REDIRECT' } };
}

async function abort(
  call: AssertionCall,
  network: Pick<Dependencies, 'pool' | 'tracing' | 'clock'>,
): Promise<AssertionResult> {
  const session = await findPaymentSession(call, network);
  const now = network.clock();
  const decision = decide(session, { kind: 'ABORT' }, now);
  if (decision.outcome === 'REFUSED') throw refused(session, { step: 'END', because: decision.refusal });
  const reason = 'USER_CANCELLATION';
  const answer: AssertionAnswer = { status: 'CANCELLED', reason };
  if (decision.outcome === 'REPEATED') {
    await admitFirst(call.signed, network.pool);
    await noteStep(session, { step: 'END', decision: 'REPEATED' }, network);
    return { answer };
  }
  const { clientId, sessionId } = session;
  const end = { step: 'END', state: 'cancelled', by: 'CARDHOLDER', code: reason } as const;
  const step = buildStep(end, { session, tracing: network.tracing, now });
  if (!(await abortPayment(network.pool, { sessionId, step, now }, call.signed))) {
    return abort(admitted(call), network); // the session was changed meanwhile
  }
  return { answer, ended: { clientId, outcome: reason } };
}

/** The same call, after a statement that has consumed its nonce. */
function admitted(call: AssertionCall): AssertionCall {
  return { ...call, signed: { ...call.signed, nonceClaim: undefined } };
}

async function takeAccepted(
  call: AssertionCall,
  accepted: AcceptedAssertion,
  network: Dependencies,
): Promise<AssertionResult> {
  const { credential } = accepted;
  const { signed } = call;
  const now = network.clock();
  const found = await findSessionOfUse(call, { credentialId: Buffer.from(credential.id, 'base64url'), now }, network);
  const session = checkOffered(found.session);
  const credentialHash = hashCredential(credential);
  const decision = decide(session, { kind: 'CONFIRM', credentialHash }, now);
  if (decision.outcome === 'REFUSED')
    throw refused(session, { step: 'RESULT', offer: 'CONFIRM', because: decision.refusal }, '/credential');
  if (decision.outcome === 'REPEATED') {
    await admitFirst(signed, network.pool);
    await noteStep(session, { step: 'RESULT', offer: 'CONFIRM', decision: 'REPEATED' }, network);
    return { answer: authenticated(await repeatProof(session, network)) };
  }
  if (session.isBarred) throw new ServiceError({ code: 'CLIENT_SUSPENDED' });
  const { passkeys, own } = await findWaysToPay({ ...found, now }, network);
  const passkey = passkeys.find(
    ({ passkeyId, credentialId }) =>
      session.confirmationPasskeys?.includes(passkeyId) && credentialId.toString('base64url') === credential.id,
  );
  if (passkey === undefined) return refuse({ signed, session }, 'PAYMENT_CREDENTIAL_MISMATCH', network);
  const { challenge, assertion } = await verify({ signed, session }, { credential, passkey }, network);
  const deviceId = found.passkey?.lastDeviceId;
  // All devices of the passkey were forgotten. A proof names a device, so the cardholder has to use the hosted page.
  if (deviceId == null) throw new ServiceError({ code: 'CONFIRMATION_NOT_OFFERED', pointer: '/credential' });
  const facts = { session, passkey, own, assertion, challenge, credentialHash, deviceId, device: undefined, now };
  const approved = await approvePayment({ ...facts, signed }, network);
  // Undefined: the same call came twice, or another call or the hosted page was first.
  if (approved === undefined) return takeAccepted(admitted(call), accepted, network);
  return {
    answer: authenticated(approved.proof),
    ended: { clientId: session.clientId, outcome: 'APPROVED' },
    counterRegressed: assertion.counterRegressed,
  };
}

function authenticated(proofOfAuthentication: string): AssertionAnswer {
  return { status: 'AUTHENTICATED', proofOfAuthentication };
}

/** The session, for the client that made it, and the passkey that the credential names. */
async function findSessionOfUse(
  { signed: { client }, sessionId }: AssertionCall,
  use: { readonly credentialId: Buffer; readonly now: Date },
  { pool, keys, tracing }: Pick<Dependencies, 'pool' | 'keys' | 'tracing'>,
): Promise<SessionAndPasskey> {
  const found = await findSessionAndPasskey(pool, {
    sessionId,
    indexVersions: indexVersions(keys.current().vault),
    ...use,
  });
  if (found === undefined || found.session.clientId !== client.clientId)
    throw new ServiceError({ code: 'SESSION_NOT_FOUND' });
  tracing.join(found.session.traceContext);
  return found;
}

interface SignedReport {
  readonly signed: SignedCall;
  readonly session: Session;
}

async function verify(
  report: SignedReport,
  { credential, passkey }: { readonly credential: AuthenticationCredential; readonly passkey: Passkey },
  network: Pick<Dependencies, 'pool' | 'policy' | 'tracing' | 'clock'>,
) {
  const { confirmationChallenge: challenge, payment, cardLastFour, frameOrigins } = report.session;
  if (challenge === null || payment === null || cardLastFour === null) throw new Error('It was handed out, as judged.');
  const shown = expectedPayment(payment, cardLastFour, frameOrigins);
  const expected = { policy: network.policy, challenge, payment: shown };
  const verdict = await verifyPaymentAssertion({ ...expected, credential, passkey }).catch((error: unknown) => {
    if (error instanceof CeremonyError) return refuse(report, 'CREDENTIAL_REFUSED', network, error);
    throw error;
  });
  if (!verdict.ok) return refuse(report, MISMATCH_ERRORS[verdict.mismatch], network);
  return { challenge, assertion: verdict.assertion };
}

/** Refuses the assertion, which uses up the challenge. */
async function refuse(
  { signed, session }: SignedReport,
  code: ServiceErrorCode,
  { pool, tracing, clock }: Pick<Dependencies, 'pool' | 'tracing' | 'clock'>,
  cause?: CeremonyError,
): Promise<never> {
  const refusal = { step: 'RESULT', decision: 'REFUSED', offer: 'CONFIRM', code, because: cause?.code } as const;
  const step = buildStep(refusal, { session, tracing, now: clock() });
  await admitFirst(signed, pool);
  await dropConfirmation(pool, { sessionId: session.sessionId, step });
  throw new ServiceError({ code, pointer: '/credential' }, { cause });
}

function refused(
  session: Session,
  attempt: Attempt & { readonly because: SessionRefusal },
  pointer?: string,
): RefusedAttempt {
  const fault = { code: REFUSAL_ERRORS[attempt.because], ...(pointer !== undefined && { pointer }) };
  return new RefusedAttempt({ session, ...attempt }, fault);
}

async function recordOptOut(
  { signed }: AssertionCall,
  session: Session,
  { pool, tracing, clock }: Pick<Dependencies, 'pool' | 'tracing' | 'clock'>,
): Promise<void> {
  const now = clock();
  const step = buildStep({ step: 'OPT_OUT' }, { session, tracing, now });
  await admitFirst(signed, pool);
  await optOut(pool, { sessionId: session.sessionId, step, now });
}
