/** `POST /auth/passkeys/result` and `…/end`: what came of the ceremony, and where the cardholder goes with it (contract §2.1). */
import { createHash, randomUUID } from 'node:crypto';
import {
  type AuthenticationCredential,
  buildFailureCallback,
  buildSuccessCallback,
  type EndReason,
  failureOf,
  type RegistrationCredential,
} from '@payment-passkeys/protocol';
import { CeremonyError, readCeremony, verifyAssertion, verifyRegistration } from '@payment-passkeys/webauthn';
import { lookupIndexes, unsealAccounts } from '../accounts/account-vault.ts';
import { type Device, readDeviceCookie } from '../devices/device.ts';
import { ServiceError } from '../http/errors.ts';
import { signingKeyAt } from '../keys/key-ring.ts';
import type { Network } from '../network.ts';
import { findPasskeys } from '../passkeys/store.ts';
import { decide, REFUSAL_ERRORS } from '../sessions/session.ts';
import { findSessionOfCeremony, type Session } from '../sessions/store.ts';
import { hashSecret, newSecret } from './cookie.ts';
import { type CompletedCeremony, proveCeremony } from './proof.ts';
import { dropChallenge, type Enrolment, takeCreation, takeEnd, takeUse } from './store.ts';

type Credential = RegistrationCredential | AuthenticationCredential;

export interface CeremonyResult {
  readonly redirect: string;
  /** The device cookie to set: its thirteen months begin anew. Undefined where the browser came without one to a result that is taken. */
  readonly deviceSecret: string | undefined;
}

export async function takeResult(
  attempt: {
    readonly credential: Credential;
    readonly ceremonySecret: string | undefined;
    readonly deviceSecret: string | undefined;
  },
  network: Network,
): Promise<CeremonyResult> {
  const { credential } = attempt;
  const session = await findOwnSession(attempt.ceremonySecret, network);
  const credentialHash = hashCredential(credential);
  const ceremony = readCeremony(credential);
  if (ceremony === undefined)
    throw new ServiceError({ code: 'CREDENTIAL_REFUSED', pointer: '/credential/response/clientDataJSON' });
  const now = network.clock();
  const decision = decide(session, { kind: 'RESULT', credentialHash, challenge: ceremony.challenge }, now);
  if ('refusal' in decision) throw new ServiceError({ code: REFUSAL_ERRORS[decision.refusal], pointer: '/credential' });
  const known = readDeviceCookie(attempt.deviceSecret) === undefined ? undefined : attempt.deviceSecret;
  if ('repeated' in decision) return { redirect: await repeatSuccess(session, network), deviceSecret: known };

  const deviceSecret = known ?? newSecret();
  const device = readDeviceCookie(deviceSecret) as Device; // it has just been made or read
  const taker = { session, credential, credentialHash, challenge: ceremony.challenge, device, now };
  try {
    const redirect =
      ceremony.ceremony === 'CREATE' ? await takeCreated(taker, network) : await takeUsed(taker, network);
    if (redirect !== undefined) return { redirect, deviceSecret };
  } catch (error) {
    if (!(error instanceof CeremonyError)) throw error;
    await dropChallenge(network.pool, session.sessionId, ceremony.challenge);
    throw new ServiceError({ code: 'CREDENTIAL_REFUSED', pointer: '/credential' }, { cause: error });
  }
  // Somebody else answered the challenge meanwhile: the same browser twice, or another credential.
  return repeatOrRefuse(attempt, network, known);
}

interface Taker {
  readonly session: Session;
  readonly credential: Credential;
  readonly credentialHash: Buffer;
  readonly challenge: Buffer;
  readonly device: Device;
  readonly now: Date;
}

/** 2A. Undefined when the challenge was gone. */
async function takeCreated(taker: Taker, network: Network): Promise<string | undefined> {
  const { session, credential, challenge, now } = taker;
  const registration = await verifyRegistration({ policy: network.policy, challenge, credential, now });
  if (session.userHandle === null) throw new Error('An opened session has a user handle.');
  const passkeyId = randomUUID();
  const { enrolment, redirect } = await prepare(taker, passkeyId, network);
  const created = { registration, userHandle: session.userHandle };
  const taken = await takeCreation(network.pool, enrolment, created).catch((error: unknown) => {
    // WebAuthn L3 §7.1: a credential id that is known already is not registered again.
    if (isUniqueViolation(error)) throw new CeremonyError('CREDENTIAL_MISMATCH', { cause: error });
    throw error;
  });
  return taken ? redirect : undefined;
}

/** 2B. Undefined when the challenge was gone. */
async function takeUsed(taker: Taker, network: Network): Promise<string | undefined> {
  const { session, credential, challenge, device, now } = taker;
  if (session.accounts === null) throw new ServiceError({ code: 'ACCESS_DENIED' });
  const { vault } = network.keys.current();
  const accountIndexes = lookupIndexes(unsealAccounts(session.accounts, vault, session.sessionId), vault);
  const passkeys = await findPasskeys(network.pool, { deviceId: device.deviceId, accountIndexes, now });
  const passkey = passkeys.find(({ credentialId }) => credentialId.toString('base64url') === credential.id);
  // Suspended, deleted or idle since the offer, or never offered.
  if (passkey === undefined) throw new CeremonyError('CREDENTIAL_MISMATCH');
  const assertion = await verifyAssertion({ policy: network.policy, challenge, credential, passkey });
  if (assertion.counterRegressed) network.metrics.counterRegressions.inc();
  const { enrolment, redirect } = await prepare(taker, passkey.passkeyId, network);
  const taken = await takeUse(network.pool, enrolment, { assertion, seenSignCount: passkey.signCount });
  return taken ? redirect : undefined;
}

async function prepare(
  { session, credentialHash, challenge, device, now }: Taker,
  passkeyId: string,
  network: Network,
): Promise<{ readonly enrolment: Enrolment; readonly redirect: string }> {
  const key = signingKeyAt(network.keys.current(), now);
  const completed = { ...session, deviceId: device.deviceId, passkeyId, completedAt: now };
  const proof = await proveCeremony(completed, { ...network.config, key });
  return {
    enrolment: {
      sessionId: session.sessionId,
      challenge,
      credentialHash,
      device,
      passkeyId,
      proof: { keyId: key.kid, hash: proof.hash, expiresAt: proof.expiresAt },
      now,
    },
    redirect: buildSuccessCallback(returnAddress(session), proof.text),
  };
}

/** The redirect of an enrolled session once more: the proof is signed again from the same facts by the same key. */
async function repeatSuccess(session: Session, network: Network): Promise<string> {
  const { deviceId, passkeyId, completedAt, proofKeyId } = session;
  const key = network.keys.current().signing.find(({ kid }) => kid === proofKeyId);
  if (deviceId === null || passkeyId === null || completedAt === null || key === undefined) {
    throw new ServiceError({ code: 'ACCESS_DENIED' });
  }
  const completed: CompletedCeremony = { ...session, deviceId, passkeyId, completedAt };
  const proof = await proveCeremony(completed, { ...network.config, key });
  return buildSuccessCallback(returnAddress(session), proof.text);
}

async function repeatOrRefuse(
  attempt: { readonly credential: Credential; readonly ceremonySecret: string | undefined },
  network: Network,
  deviceSecret: string | undefined,
): Promise<CeremonyResult> {
  const session = await findOwnSession(attempt.ceremonySecret, network);
  const event = {
    kind: 'RESULT',
    credentialHash: hashCredential(attempt.credential),
    challenge: Buffer.alloc(0),
  } as const;
  const decision = decide(session, event, network.clock());
  if ('repeated' in decision) return { redirect: await repeatSuccess(session, network), deviceSecret };
  throw new ServiceError({
    code: 'refusal' in decision ? REFUSAL_ERRORS[decision.refusal] : 'CHALLENGE_USED',
    pointer: '/credential',
  });
}

/** Ends a session without a passkey. A second end answers as the first did. */
export async function takeEndOfSession(
  attempt: { readonly reason: EndReason; readonly ceremonySecret: string | undefined },
  network: Network,
): Promise<string> {
  const { reason } = attempt;
  const session = await findOwnSession(attempt.ceremonySecret, network);
  const now = network.clock();
  const decision = decide(session, { kind: 'END', reason }, now);
  if ('refusal' in decision) throw new ServiceError({ code: REFUSAL_ERRORS[decision.refusal] });
  if ('repeated' in decision)
    return buildFailureCallback(returnAddress(session), failureOf(session.endReason ?? reason));
  const state = decision.next === 'cancelled' ? 'cancelled' : 'failed';
  if (await takeEnd(network.pool, { sessionId: session.sessionId, state, reason, now })) {
    network.metrics.sessionsEnded.inc({ outcome: reason });
    return buildFailureCallback(returnAddress(session), failureOf(reason));
  }
  return takeEndOfSession(attempt, network); // it ended meanwhile: judged anew, it is repeated or refused
}

async function findOwnSession(ceremonySecret: string | undefined, network: Network): Promise<Session> {
  const session = ceremonySecret ? await findSessionOfCeremony(network.pool, hashSecret(ceremonySecret)) : undefined;
  if (session === undefined) throw new ServiceError({ code: 'ACCESS_DENIED', sourceType: 'HEADER' });
  if (session.clientSuspended) throw new ServiceError({ code: 'CLIENT_SUSPENDED' });
  return session;
}

function returnAddress({ returnTo }: Session): string {
  if (returnTo === null) throw new Error('An opened session has a return address.');
  return returnTo;
}

function hashCredential(credential: Credential): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([credential.id, Object.entries(credential.response).toSorted()]))
    .digest();
}

function isUniqueViolation(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '23505';
}
