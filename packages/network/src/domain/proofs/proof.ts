/**
 * The proof of a finished ceremony (contract §4), and of a payment that it approved (§9). The same facts and key give the same text, so a
 * repeated result gets the same answer.
 */
import { issueProof } from '@payment-passkeys/channel';
import {
  type AuthenticationReason,
  addSeconds,
  epochSeconds,
  type PaymentClaims,
  PROOF_SECONDS,
  type ProofClaims,
} from '@payment-passkeys/protocol';
import { sha256 } from '../../platform/sha256.ts';
import { deviceInstanceId } from '../devices/device.ts';
import type { SigningKey } from '../keys/key-ring.ts';

export interface CompletedCeremony {
  readonly clientSessionId: string;
  readonly reason: AuthenticationReason;
  readonly deviceId: string;
  readonly passkeyId: string;
  readonly completedAt: Date;
  readonly payment: PaymentClaims | undefined;
}

export interface Proof {
  readonly text: string;
  readonly hash: Buffer;
  readonly expiresAt: Date;
}

export async function proveCeremony(
  ceremony: CompletedCeremony,
  issuer: { readonly publicUrl: string; readonly audience: string; readonly key: SigningKey },
): Promise<Proof> {
  const iat = epochSeconds(ceremony.completedAt);
  const claims: ProofClaims & Partial<PaymentClaims> = {
    iss: issuer.publicUrl,
    aud: issuer.audience,
    iat,
    completedAt: iat,
    exp: iat + PROOF_SECONDS,
    clientSessionId: ceremony.clientSessionId,
    isChallengePerformed: true,
    authenticationMethod: 'FIDO2',
    authenticationReasons: [ceremony.reason],
    assertionType: 'ownership',
    certifiedMFAMethodId: '20001',
    authenticationFactors: '020A',
    appInstanceId: ceremony.deviceId,
    dasAuthenticatorInstanceId: deviceInstanceId(ceremony.deviceId, ceremony.passkeyId),
    ...ceremony.payment,
  };
  const text = await issueProof({ claims, key: issuer.key });
  return { text, hash: hashProof(text), expiresAt: addSeconds(new Date(iat * 1000), PROOF_SECONDS) };
}

export function hashProof(text: string): Buffer {
  return sha256(text);
}
