/** `POST /auth/passkeys/manage/challenge` and `…/sign-in`: the cardholder uses a passkey, and a visit of five minutes begins (contract §17). */
import {
  type AuthenticationCredential,
  addSeconds,
  MANAGE_SECONDS,
  type ManageChallenge,
  type ManageOverview,
} from '@payment-passkeys/protocol';
import {
  buildDiscoverableOptions,
  CeremonyError,
  type CeremonyPolicy,
  readCeremony,
  verifyAssertion,
} from '@payment-passkeys/webauthn';
import { newSecret } from '../../domain/ceremonies/cookie.ts';
import { readDeviceCookie } from '../../domain/devices/device.ts';
import { findUsedPasskey, type UsedPasskey } from '../../domain/passkeys/store.ts';
import { findOverview } from '../../domain/visits/overview.ts';
import { beginVisit, dropVisit, isChallenged, signInVisit, type VisitChallenge } from '../../domain/visits/store.ts';
import { isVisitChallenge, newVisitChallenge } from '../../domain/visits/visit.ts';
import type { Network } from '../../network.ts';
import { ServiceError } from '../../platform/errors/errors.ts';
import type { Counted } from '../../platform/telemetry/metrics.ts';
import { denied } from './denied.ts';

type Dependencies = Pick<Network, 'pool' | 'policy' | 'tracing' | 'clock'>;

/** A challenge, and the cookie of the only browser that may answer it. */
export async function challengeVisitor({
  pool,
  policy,
  clock,
}: Dependencies): Promise<{ readonly answer: ManageChallenge; readonly challengeSecret: string }> {
  const challengeSecret = newSecret();
  const challenge = newVisitChallenge();
  await beginVisit(pool, { secret: challengeSecret, challenge, now: clock() });
  return { answer: { options: buildDiscoverableOptions({ policy, challenge }) }, challengeSecret };
}

export interface SignInAttempt {
  readonly credential: AuthenticationCredential;
  /** The values of the browser's cookies. */
  readonly challengeSecret: string | undefined;
  readonly deviceSecret: string | undefined;
}

export interface SignedIn extends Counted {
  readonly overview: ManageOverview;
  /** The value of the visit's cookie. */
  readonly visitSecret: string;
}

/**
 * Throws {@link ServiceError}: ACCESS_DENIED if the challenge is not this browser's, or was used; CREDENTIAL_UNKNOWN if the passkey was deleted or is
 * not known; CREDENTIAL_REFUSED. A challenge that was answered is used up, whatever the answer.
 */
export async function signInVisitor(attempt: SignInAttempt, network: Dependencies): Promise<SignedIn> {
  const { credential } = attempt;
  const { pool } = network;
  const now = network.clock();
  const given = readChallenge(attempt, now);
  if (given === undefined || !(await isChallenged(pool, given))) throw denied();
  const credentialId = Buffer.from(credential.id, 'base64url');
  const { passkey, assertion } = await verifyUse(await findUsedPasskey(pool, { credentialId, now }), {
    credential,
    challenge: given.challenge,
    network,
  }).catch(async (error: unknown) => {
    await dropVisit(pool, given);
    throw error;
  });
  const { passkeyId, signCount: seenSignCount } = passkey;
  const visitSecret = newSecret();
  if (!(await signInVisit(pool, given, { newSecret: visitSecret, passkeyId, assertion, seenSignCount })))
    throw denied();
  const visit = { passkeyId, expiresAt: addSeconds(now, MANAGE_SECONDS) };
  const deviceId = readDeviceCookie(attempt.deviceSecret)?.deviceId;
  const overview = await findOverview(pool, visit, { deviceId, now });
  if (overview === undefined) throw denied(); // deleted meanwhile
  return { overview, visitSecret, counterRegressed: assertion.counterRegressed };
}

function readChallenge({ credential, challengeSecret }: SignInAttempt, now: Date): VisitChallenge | undefined {
  const ceremony = readCeremony(credential);
  if (challengeSecret === undefined || ceremony?.ceremony !== 'USE' || !isVisitChallenge(ceremony.challenge))
    return undefined;
  return { secret: challengeSecret, challenge: ceremony.challenge, now };
}

interface Use {
  readonly credential: AuthenticationCredential;
  readonly challenge: Buffer;
  readonly network: { readonly policy: CeremonyPolicy; readonly tracing: Network['tracing'] };
}

/** Says that a passkey is deleted only after the signature was verified, so that only the passkey's holder learns it. */
async function verifyUse(passkey: UsedPasskey | undefined, { credential, challenge, network }: Use) {
  if (passkey === undefined) throw new ServiceError({ code: 'CREDENTIAL_UNKNOWN', pointer: '/credential' });
  const { policy, tracing } = network;
  const refuse = (cause?: unknown) =>
    new ServiceError({ code: 'CREDENTIAL_REFUSED', pointer: '/credential' }, { cause });
  const assertion = await tracing
    .step('verify assertion', () => verifyAssertion({ policy, challenge, credential, passkey }))
    .catch((error: unknown) => {
      throw error instanceof CeremonyError ? refuse(error) : error;
    });
  if (passkey.status === 'suspended') throw refuse();
  if (passkey.status === 'deleted' || passkey.idle)
    throw new ServiceError({ code: 'CREDENTIAL_UNKNOWN', pointer: '/credential' });
  return { passkey, assertion };
}
