/** `POST /auth/passkeys/result` and `…/end`: takes the ceremony's result, and says where the cardholder goes with it (contract §2.1). */

import { randomUUID } from 'node:crypto';
import {
  type AuthenticationCredential,
  addSeconds,
  type EndReason,
  type RegistrationCredential,
  type ResultAnswer,
  VERIFICATION_SECONDS,
} from '@payment-passkeys/protocol';
import { CeremonyError, readCeremony, verifyAssertion, verifyRegistration } from '@payment-passkeys/webauthn';
import { indexForBinding } from '../../domain/accounts/rekey.ts';
import { newSecret } from '../../domain/ceremonies/cookie.ts';
import { endByCardholder } from '../../domain/ceremonies/end-by-cardholder.ts';
import {
  type CeremonyCaller,
  findOwnSession,
  findOwnSessionAndPasskey,
  hashCredential,
} from '../../domain/ceremonies/own-session.ts';
import type { PasskeyOfSession } from '../../domain/ceremonies/session-and-passkey.ts';
import { dropChallenge, type Enrolment, recordCreation, recordUse } from '../../domain/ceremonies/store.ts';
import { type Device, readDeviceCookie } from '../../domain/devices/device.ts';
import { findPasskeys, findUsedPasskey, type Passkey } from '../../domain/passkeys/store.ts';
import { approvePayment, findWaysToPay } from '../../domain/payments/approval.ts';
import { proveCompletion, repeatProof, successCallback } from '../../domain/proofs/success.ts';
import {
  decide,
  REFUSAL_ERRORS,
  type SessionDecision,
  type SessionRefusal,
  type SessionState,
} from '../../domain/sessions/session.ts';
import { readAccounts, searchOfSession } from '../../domain/sessions/session-accounts.ts';
import type { Session } from '../../domain/sessions/store.ts';
import { noteStep, RefusedAttempt } from '../../domain/timeline/notes.ts';
import { buildStep, verifiedFacts } from '../../domain/timeline/step.ts';
import type { Network } from '../../network.ts';
import { isUniqueViolation, ServiceError } from '../../platform/errors/errors.ts';
import type { Counted } from '../../platform/telemetry/metrics.ts';

type Credential = RegistrationCredential | AuthenticationCredential;

type Dependencies = Pick<Network, 'config' | 'pool' | 'keys' | 'policy' | 'policyFor' | 'tracing' | 'clock'>;

export interface CeremonyResult extends Counted {
  readonly answer: ResultAnswer;
  /** The device cookie to set again, for another thirteen months. Undefined when the browser sent none with a repeated result. */
  readonly deviceSecret: string | undefined;
}

export async function takeResult(
  attempt: CeremonyCaller & { readonly credential: Credential; readonly deviceSecret: string | undefined },
  network: Dependencies,
): Promise<CeremonyResult> {
  const { credential } = attempt;
  const ceremony = readCeremony(credential);
  const knownDevice = readDeviceCookie(attempt.deviceSecret);
  const { session, passkey } =
    ceremony?.ceremony === 'USE'
      ? await findOwnSessionAndPasskey(
          attempt,
          { credentialId: Buffer.from(credential.id, 'base64url'), deviceId: knownDevice?.deviceId },
          network,
        )
      : { session: await findOwnSession(attempt, network), passkey: undefined };
  const credentialHash = hashCredential(credential);
  if (ceremony === undefined)
    throw new RefusedAttempt(
      { session, step: 'RESULT', because: 'MALFORMED' },
      { code: 'CREDENTIAL_REFUSED', pointer: '/credential/response/clientDataJSON' },
    );
  const now = network.clock();
  const decision = decide(session, { kind: 'RESULT', credentialHash, challenge: ceremony.challenge }, now);
  if (decision.outcome === 'REFUSED') throw refusedResult(session, decision.refusal);
  const known = knownDevice && attempt.deviceSecret;
  if (decision.outcome === 'REPEATED') return { answer: await repeatAnswer(session, network), deviceSecret: known };

  const deviceSecret = known ?? newSecret();
  const device = knownDevice ?? (readDeviceCookie(deviceSecret) as Device); // it has just been made
  const { challenge } = ceremony;
  const taker = { session, passkey, credential, credentialHash, challenge, device, to: decision.next, now };
  try {
    const take = ceremony.ceremony === 'CREATE' ? takeCreated : takeUsed;
    const taken = await (decision.next === 'approved' ? takePaid : take)(taker, network);
    if (taken !== undefined) return { ...taken, deviceSecret };
  } catch (error) {
    if (!(error instanceof CeremonyError)) throw error;
    const refusal = { step: 'RESULT', decision: 'REFUSED', code: 'CREDENTIAL_REFUSED', because: error.code } as const;
    const step = buildStep(refusal, { session, tracing: network.tracing, now });
    await dropChallenge(network.pool, { sessionId: session.sessionId, challenge, step });
    const deleted = ceremony.ceremony === 'USE' && (await isOfDeletedPasskey({ credential, challenge, now }, network));
    const code = deleted ? 'CREDENTIAL_UNKNOWN' : 'CREDENTIAL_REFUSED';
    throw new ServiceError({ code, pointer: '/credential' }, { cause: error });
  }
  // The challenge was answered meanwhile: by the same browser twice, or by another credential.
  return repeatOrRefuse(attempt, network, known);
}

/** Whether the credential belongs to a passkey that was deleted. True only for its holder: the signature is verified. */
async function isOfDeletedPasskey(
  { credential, challenge, now }: Pick<Taker, 'credential' | 'challenge' | 'now'>,
  { pool, policy }: Pick<Dependencies, 'pool' | 'policy'>,
): Promise<boolean> {
  const passkey = await findUsedPasskey(pool, { credentialId: Buffer.from(credential.id, 'base64url'), now });
  if (passkey?.status !== 'deleted') return false;
  return verifyAssertion({ policy, challenge, credential, passkey }).then(
    () => true,
    () => false,
  );
}

interface Taker {
  readonly session: Session;
  /** The live passkey that the credential belongs to, if it is known already. */
  readonly passkey: PasskeyOfSession | undefined;
  readonly credential: Credential;
  readonly credentialHash: Buffer;
  readonly challenge: Buffer;
  readonly device: Device;
  /** The session's next state. */
  readonly to: SessionState;
  readonly now: Date;
}

type Taken = Omit<CeremonyResult, 'deviceSecret'>;

/** Takes a created passkey (2A). Undefined when the challenge was used up meanwhile. */
async function takeCreated(taker: Taker, network: Dependencies): Promise<Taken | undefined> {
  const { session, credential, challenge, now } = taker;
  const policy = network.policyFor(session.attestation);
  const registration = await network.tracing.step('verify registration', () =>
    verifyRegistration({ policy, challenge, credential, now }),
  );
  if (session.userHandle === null) throw new Error('An opened session has a user handle.');
  const { enrolment, answer } = await prepare(
    taker,
    { passkeyId: randomUUID(), offer: 'CREATE', ...registration },
    network,
  );
  const created = { registration, userHandle: session.userHandle };
  const taken = await recordCreation(network.pool, enrolment, created).catch((error: unknown) => {
    // WebAuthn L3 §7.1: a known credential id is not registered again.
    if (isUniqueViolation(error)) throw new CeremonyError('CREDENTIAL_MISMATCH', { cause: error });
    throw error;
  });
  return taken ? { answer } : undefined;
}

/** Takes the use of a passkey (2B). Undefined when the challenge was used up meanwhile. */
async function takeUsed(taker: Taker, network: Dependencies): Promise<Taken | undefined> {
  if (taker.session.accounts === null) throw new ServiceError({ code: 'ACCESS_DENIED' });
  const known = taker.passkey;
  const passkeys = known?.onDevice || known?.ofAccounts ? [known] : await findAccountPasskeys(taker, network);
  const { passkey, assertion } = await verifyUse(taker, passkeys, network);
  const { enrolment, answer } = await prepare(
    taker,
    { passkeyId: passkey.passkeyId, offer: 'USE', ...assertion },
    network,
  );
  const taken = await recordUse(network.pool, enrolment, { assertion, seenSignCount: passkey.signCount });
  return taken ? { answer, counterRegressed: assertion.counterRegressed } : undefined;
}

/** Finds the passkeys of the session's accounts on any device, because the credential may come from another device. */
async function findAccountPasskeys(
  { session, now }: Taker,
  network: Pick<Dependencies, 'pool' | 'keys'>,
): Promise<readonly Passkey[]> {
  const { vault } = network.keys.current();
  const accounts = readAccounts(session, vault);
  if (accounts === undefined) throw new ServiceError({ code: 'ACCESS_DENIED' });
  return findPasskeys(network.pool, searchOfSession(session, { accounts, deviceId: undefined, now }, vault));
}

/** Takes the approval of a payment (contract §9). Undefined when the challenge was used up meanwhile. */
async function takePaid(taker: Taker, network: Dependencies): Promise<Taken | undefined> {
  const { session, credentialHash, challenge, device, now } = taker;
  const { passkeys, own } = await findWaysToPay(taker, network);
  const { passkey, assertion } = await verifyUse(taker, passkeys, network);
  const { deviceId } = device;
  const facts = { session, passkey, own, assertion, challenge, credentialHash, deviceId, device, now };
  const approved = await approvePayment({ ...facts, signed: undefined }, network);
  if (approved === undefined) return undefined;
  return {
    answer: { redirect: successCallback(session, approved.proof) },
    ended: { clientId: session.clientId, outcome: 'APPROVED' },
    counterRegressed: assertion.counterRegressed,
  };
}

/**
 * Throws CeremonyError: CREDENTIAL_MISMATCH if the passkey was not offered, or was suspended, deleted or idle since; otherwise the code of
 * the check that failed.
 */
async function verifyUse(
  { credential, challenge }: Taker,
  passkeys: readonly Passkey[],
  { policy, tracing }: Pick<Dependencies, 'policy' | 'tracing'>,
) {
  const passkey = passkeys.find(({ credentialId }) => credentialId.toString('base64url') === credential.id);
  if (passkey === undefined) throw new CeremonyError('CREDENTIAL_MISMATCH');
  const verify = () => verifyAssertion({ policy, challenge, credential, passkey });
  return { passkey, assertion: await tracing.step('verify assertion', verify) };
}

async function prepare(
  { session, credentialHash, challenge, device, to, now }: Taker,
  verified: Parameters<typeof verifiedFacts>[0] & { readonly passkeyId: string; readonly offer: 'CREATE' | 'USE' },
  network: Dependencies,
): Promise<{ readonly enrolment: Enrolment; readonly answer: ResultAnswer }> {
  const { passkeyId, offer } = verified;
  const result = { step: 'RESULT', offer, to, ...verifiedFacts(verified) } as const;
  const step = to === 'registered' ? { ...result, passkey: passkeyId } : result;
  const common = {
    sessionId: session.sessionId,
    challenge,
    credentialHash,
    device,
    passkeyId,
    step: buildStep(step, { session, tracing: network.tracing, now }),
    now,
  };
  if (to === 'registered') {
    const { vault } = network.keys.current();
    const accounts = readAccounts(session, vault);
    if (accounts === undefined) throw new ServiceError({ code: 'ACCESS_DENIED' });
    const indexes = await indexForBinding(network.pool, accounts, vault);
    const binding = { newBindingId: randomUUID(), clientId: session.clientId, ...indexes };
    return { enrolment: { ...common, binding }, answer: { reopen: true } };
  }
  const completion = { deviceId: device.deviceId, passkeyId, completedAt: now, payment: undefined };
  const proof = await proveCompletion(session, completion, network);
  return {
    enrolment: { ...common, proof: { ...proof, expiresAt: bindableUntil(session, proof.expiresAt) } },
    answer: { redirect: successCallback(session, proof.text) },
  };
}

/** At a shop, the passkey must be bound before the issuer's verification ends. That may be before the proof expires (contract §11). */
function bindableUntil({ verifiedAt }: Session, proofExpiresAt: Date): Date {
  if (verifiedAt === null) return proofExpiresAt;
  const freshUntil = addSeconds(verifiedAt, VERIFICATION_SECONDS);
  return freshUntil < proofExpiresAt ? freshUntil : proofExpiresAt;
}

/** The answer to a result that was taken before: the same as then. */
async function repeatAnswer(session: Session, network: Dependencies): Promise<ResultAnswer> {
  await noteStep(session, { step: 'RESULT', decision: 'REPEATED' }, network);
  if (session.state === 'registered') return { reopen: true };
  return { redirect: successCallback(session, await repeatProof(session, network)) };
}

async function repeatOrRefuse(
  attempt: CeremonyCaller & { readonly credential: Credential },
  network: Dependencies,
  deviceSecret: string | undefined,
): Promise<CeremonyResult> {
  const session = await findOwnSession(attempt, network);
  const event = {
    kind: 'RESULT',
    credentialHash: hashCredential(attempt.credential),
    challenge: Buffer.alloc(0),
  } as const;
  const decision: SessionDecision = decide(session, event, network.clock());
  if (decision.outcome === 'REPEATED') return { answer: await repeatAnswer(session, network), deviceSecret };
  throw refusedResult(session, decision.outcome === 'REFUSED' ? decision.refusal : 'CHALLENGE_REFUSED');
}

function refusedResult(session: Session, refusal: SessionRefusal): RefusedAttempt {
  const fault = { code: REFUSAL_ERRORS[refusal], pointer: '/credential' };
  return new RefusedAttempt({ session, step: 'RESULT', because: refusal }, fault);
}

/** Ends a session without a passkey. A second end answers as the first did. */
export async function takeEndOfSession(
  attempt: CeremonyCaller & { readonly reason: EndReason },
  network: Pick<Dependencies, 'pool' | 'tracing' | 'clock'>,
): Promise<Counted & { readonly redirect: string }> {
  const { reason } = attempt;
  const session = await findOwnSession(attempt, network);
  const end = await endByCardholder(session, reason, network);
  switch (end.outcome) {
    case 'ENDED':
      return { redirect: end.redirect, ended: { clientId: session.clientId, outcome: reason } };
    case 'REPEATED':
      return { redirect: end.redirect };
    case 'REFUSED': {
      const fault = { code: REFUSAL_ERRORS[end.refusal] };
      throw new RefusedAttempt({ session, step: 'END', because: end.refusal }, fault);
    }
    case 'CHANGED':
      return takeEndOfSession(attempt, network); // the session ended meanwhile: the second call repeats or refuses
  }
}
