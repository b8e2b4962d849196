/** Whether a use of a passkey is genuine: WebAuthn L3 §7.2. */
import { checkAuthenticatorData } from './authenticator-data.ts';
import { checkClientData, equalInConstantTime } from './client-data.ts';
import { readAssertionCredential } from './credential.ts';
import { attempt, ensure } from './errors.ts';
import { assertChallenge, assertPolicy, type CeremonyPolicy } from './policy.ts';
import { readPublicKey } from './public-key.ts';
import { isSignedByPasskey, sha256, signedData } from './signature.ts';

/** The stored passkey that must have made the assertion. */
export interface StoredPasskey {
  readonly credentialId: Uint8Array;
  /** COSE_Key, from {@link Registration.publicKey}. */
  readonly publicKey: Uint8Array;
  /** The counter of the last accepted ceremony. */
  readonly signCount: number;
  /** The `user.id` of its creation. */
  readonly userHandle: Uint8Array;
}

export interface Assertion {
  /** 0 to 2³² - 1. Store it by compare-and-set. */
  readonly signCount: number;
  /** Always true under a policy that requires it. */
  readonly userVerified: boolean;
  readonly backedUp: boolean;
  /** May differ from the creation's, as it does on some Apple devices; the newest counts (against the letter of §7.2 step 19). */
  readonly backupEligible: boolean;
  /**
   * The counter did not grow (§7.2 step 22): a signal for risk scoring, not a refusal, because the counter of a synced passkey may go
   * backwards. Two zeros are no signal: the passkey does not count.
   */
  readonly counterRegressed: boolean;
}

/**
 * Verifies an AuthenticationResponseJSON against the policy, the challenge of the options, and the one stored passkey. Throws {@link
 * CeremonyError}, and a TypeError for an invalid policy or challenge. The caller's store must check that the challenge is unused and in
 * time, and that the passkey is live.
 */
export async function verifyAssertion(input: {
  readonly policy: CeremonyPolicy;
  readonly challenge: Uint8Array;
  readonly credential: unknown;
  readonly passkey: StoredPasskey;
}): Promise<Assertion> {
  const { policy, challenge, passkey } = input;
  assertPolicy(policy);
  assertChallenge(challenge);
  const credential = readAssertionCredential(input.credential);
  ensure(equalInConstantTime(credential.credentialId, passkey.credentialId), 'CREDENTIAL_MISMATCH');
  const { userHandle } = credential;
  ensure(userHandle === undefined || equalInConstantTime(userHandle, passkey.userHandle), 'USER_HANDLE_MISMATCH');
  checkClientData(credential.clientData, { type: 'webauthn.get', challenge, policy });
  const data = checkAuthenticatorData(credential.authenticatorData, policy);
  const publicKey = readPublicKey(passkey.publicKey, policy.algorithms);
  const signed = signedData(credential.authenticatorData, sha256(credential.clientData));
  const genuine = attempt('SIGNATURE_INVALID', () => isSignedByPasskey(credential.signature, publicKey, signed));
  ensure(genuine, 'SIGNATURE_INVALID');
  return {
    signCount: data.signCount,
    userVerified: data.userVerified,
    backedUp: data.backedUp,
    backupEligible: data.backupEligible,
    counterRegressed: (data.signCount > 0 || passkey.signCount > 0) && data.signCount <= passkey.signCount,
  };
}
