/** `POST /authentication/sessions/{id}/assertion` (contract §10): what came of Secure Payment Confirmation at the shop. */

import type {
  AcceptedAssertion,
  AssertionAnswer,
  AssertionRequest,
  AuthenticationCredential,
  ServiceErrorCode,
} from '@payment-passkeys/protocol';
import { CeremonyError, type PaymentMismatch, verifyPaymentAssertion } from '@payment-passkeys/webauthn';
import { hashCredential } from '../../domain/ceremonies/own-session.ts';
import { findPasskeys, type Passkey } from '../../domain/passkeys/store.ts';
import { expectedPayment } from '../../domain/payment-confirmation/confirmation.ts';
import { optOut } from '../../domain/payment-confirmation/opt-out.ts';
import { approvePayment } from '../../domain/payments/approval.ts';
import { dropConfirmation, findDeviceOfPasskey, takeAbort } from '../../domain/payments/store.ts';
import { repeatProof } from '../../domain/proofs/success.ts';
import { decide, isOpened, REFUSAL_ERRORS } from '../../domain/sessions/session.ts';
import { readAccounts, searchOfCard } from '../../domain/sessions/session-accounts.ts';
import { findSession, type Session } from '../../domain/sessions/store.ts';
import type { Network } from '../../network.ts';
import { ServiceError } from '../../platform/errors/errors.ts';
import { countSessionEnd } from '../../platform/telemetry/metrics.ts';

/** What is answered to each thing that was shown otherwise than it was handed out. */
const MISMATCH_ERRORS = {
  TYPE: 'PAYMENT_TYPE_MISMATCH',
  CHALLENGE: 'PAYMENT_CHALLENGE_MISMATCH',
  ORIGIN: 'PAYMENT_ORIGIN_MISMATCH',
  RELYING_PARTY: 'PAYMENT_RELYING_PARTY_MISMATCH',
  PAYEE: 'PAYMENT_PAYEE_MISMATCH',
  TOTAL: 'PAYMENT_TOTAL_MISMATCH',
  INSTRUMENT: 'PAYMENT_INSTRUMENT_MISMATCH',
} as const satisfies Record<PaymentMismatch, ServiceErrorCode>;

export interface AssertionCall {
  readonly clientId: string;
  readonly sessionId: string;
  readonly assertion: AssertionRequest;
}

/** Throws {@link ServiceError}. The same call again is answered as it was. */
export async function takeAssertion(call: AssertionCall, network: Network): Promise<AssertionAnswer> {
  const session = await findPaymentSession(call, network);
  const { assertion } = call;
  const answer = await takeOutcome(session, assertion, network);
  network.metrics.paymentConfirmations.inc({ outcome: assertion.outcome });
  return answer;
}

async function findPaymentSession({ clientId, sessionId }: AssertionCall, network: Network): Promise<Session> {
  const session = await findSession(network.pool, sessionId);
  if (session === undefined || session.clientId !== clientId) throw new ServiceError({ code: 'SESSION_NOT_FOUND' });
  network.tracing.join(session.traceContext);
  if (session.confirmationPasskeys === null) throw new ServiceError({ code: 'CONFIRMATION_NOT_OFFERED' });
  return session;
}

async function takeOutcome(session: Session, assertion: AssertionRequest, network: Network): Promise<AssertionAnswer> {
  switch (assertion.outcome) {
    case 'ACCEPTED':
      return { status: 'AUTHENTICATED', proofOfAuthentication: await takeAccepted(session, assertion, network) };
    case 'ABORTED':
      return abort(session, network);
    case 'OPTED_OUT':
      // Whatever has become of the session: that is the cardholder's wish.
      await optOut(network.pool, { sessionId: session.sessionId, now: network.clock() });
      return waitForPage(session, network);
    case 'ANOTHER_WAY':
      return waitForPage(session, network);
  }
}

function waitForPage(session: Session, network: Network): AssertionAnswer {
  const open = session.state === 'created' || isOpened(session);
  if (!open || network.clock() >= session.expiresAt) throw new ServiceError({ code: 'SESSION_OVER' });
  return { status: 'REDIRECT' };
}

async function abort(session: Session, network: Network): Promise<AssertionAnswer> {
  const now = network.clock();
  const decision = decide(session, { kind: 'ABORT' }, now);
  if ('refusal' in decision) throw new ServiceError({ code: REFUSAL_ERRORS[decision.refusal] });
  if (!('repeated' in decision)) {
    if (!(await takeAbort(network.pool, { sessionId: session.sessionId, now }))) {
      const { clientId, sessionId } = session;
      return abort(
        await findPaymentSession({ clientId, sessionId, assertion: { outcome: 'ABORTED' } }, network),
        network,
      );
    }
    countSessionEnd(network.metrics, { clientId: session.clientId, outcome: 'USER_CANCELLATION' });
  }
  return { status: 'CANCELLED', reason: 'USER_CANCELLATION' };
}

/** The proof. */
async function takeAccepted(session: Session, { credential }: AcceptedAssertion, network: Network): Promise<string> {
  const now = network.clock();
  const credentialHash = hashCredential(credential);
  const decision = decide(session, { kind: 'CONFIRM', credentialHash }, now);
  if ('refusal' in decision) throw new ServiceError({ code: REFUSAL_ERRORS[decision.refusal], pointer: '/credential' });
  if ('repeated' in decision) return repeatProof(session, network);
  const passkey = await findHandedOut(session, credential, network);
  const { challenge, assertion } = await verify(session, { credential, passkey }, network);
  const deviceId = await findDeviceOfPasskey(network.pool, passkey.passkeyId);
  if (deviceId === undefined) throw new Error('A passkey has been made on a device.');
  const approval = { session, passkey, assertion, challenge, credentialHash, deviceId, device: undefined, now };
  const proof = await approvePayment(approval, network);
  if (proof !== undefined) return proof;
  // Somebody else was first: the same call twice, another one, or the page.
  const { clientId, sessionId } = session;
  const call = { clientId, sessionId, assertion: { outcome: 'ACCEPTED' as const, credential } };
  return takeAccepted(await findPaymentSession(call, network), call.assertion, network);
}

/** A live passkey that was handed out for this very session. */
async function findHandedOut(
  session: Session,
  credential: AuthenticationCredential,
  network: Network,
): Promise<Passkey> {
  const accounts = readAccounts(session, network.keys.current().vault);
  const passkeys = await findPasskeys(
    network.pool,
    searchOfCard(session, { accounts, now: network.clock() }, network.keys.current().vault),
  );
  const passkey = passkeys.find(
    ({ passkeyId, credentialId }) =>
      session.confirmationPasskeys?.includes(passkeyId) && credentialId.toString('base64url') === credential.id,
  );
  return passkey ?? refuse(session, 'PAYMENT_CREDENTIAL_MISMATCH', network);
}

async function verify(
  session: Session,
  { credential, passkey }: { readonly credential: AuthenticationCredential; readonly passkey: Passkey },
  network: Network,
) {
  const { confirmationChallenge: challenge, payment, cardLastFour } = session;
  if (challenge === null || payment === null || cardLastFour === null) throw new Error('It was handed out, as judged.');
  const expected = { policy: network.policy, challenge, payment: expectedPayment(payment, cardLastFour) };
  const verdict = await verifyPaymentAssertion({ ...expected, credential, passkey }).catch((error: unknown) => {
    if (error instanceof CeremonyError) return refuse(session, 'CREDENTIAL_REFUSED', network, error);
    throw error;
  });
  if (!verdict.ok) return refuse(session, MISMATCH_ERRORS[verdict.mismatch], network);
  return { challenge, assertion: verdict.assertion };
}

/** What is not as it was handed out uses the challenge up, and is counted. */
async function refuse(session: Session, code: ServiceErrorCode, network: Network, cause?: unknown): Promise<never> {
  await dropConfirmation(network.pool, session.sessionId);
  network.metrics.paymentRefusals.inc({ code });
  throw new ServiceError({ code, pointer: '/credential' }, { cause });
}
