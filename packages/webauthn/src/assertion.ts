/** Whether a use of a passkey is genuine: WebAuthn L3 §7.2. */
import { verifyAuthenticationResponse } from '@simplewebauthn/server';
import { checkAuthenticatorData } from './authenticator-data.ts';
import { checkClientData, equalInConstantTime } from './client-data.ts';
import { type ReadAssertion, readAssertionCredential } from './credential.ts';
import { CeremonyError, ensure } from './errors.ts';
import { assertChallenge, assertPolicy, type CeremonyPolicy } from './policy.ts';
import { readAlgorithm } from './public-key.ts';
import { checkSignatureForm } from './signature.ts';

/** The stored passkey that is to have made the assertion. */
export interface StoredPasskey {
  readonly credentialId: Uint8Array;
  /** COSE_Key, from {@link Registration.publicKey}. */
  readonly publicKey: Uint8Array;
  /** Of the last accepted ceremony. */
  readonly signCount: number;
  /** The `user.id` of its creation. */
  readonly userHandle: Uint8Array;
}

export interface Assertion {
  /** 0 to 2³² - 1; to be stored by compare-and-set. */
  readonly signCount: number;
  readonly backedUp: boolean;
  /** May differ from the creation's, as it does on some Apple devices; the newest counts (against the letter of §7.2 step 19). */
  readonly backupEligible: boolean;
  /**
   * The counter did not grow (§7.2 step 22). A signal for risk scoring and no refusal: synced passkeys may go backwards. Two zeros are
   * no signal, since the passkey does not count.
   */
  readonly counterRegressed: boolean;
}

/**
 * Verifies an AuthenticationResponseJSON against the policy, the challenge of the options, and the one stored passkey that it has to be of.
 * Throws {@link CeremonyError}, and a TypeError for a faulty policy or challenge. Does not check, because only a store can: that the
 * challenge was not used before (nor is still in time), and that the passkey is live.
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
  checkClientData(credential.clientDataJSON, { type: 'webauthn.get', challenge, policy });
  const data = checkAuthenticatorData(credential.authenticatorData, policy);
  checkSignatureForm(credential.signature, readAlgorithm(passkey.publicKey, policy));
  await verifyWithLibrary({ policy, challenge, credential, passkey });
  return {
    signCount: data.counter,
    backedUp: data.flags.bs,
    backupEligible: data.flags.be,
    counterRegressed: (data.counter > 0 || passkey.signCount > 0) && data.counter <= passkey.signCount,
  };
}

/**
 * Every option is given but `advancedFIDOConfig`, whose presence alone replaces the user-presence check. The stored counter is given
 * as 0, which the library never refuses: what a counter means is decided above. No top origin is expected, since no framed ceremony is.
 */
async function verifyWithLibrary(input: {
  readonly policy: CeremonyPolicy;
  readonly challenge: Uint8Array;
  readonly credential: ReadAssertion;
  readonly passkey: StoredPasskey;
}): Promise<void> {
  const { policy, challenge, credential, passkey } = input;
  const { verified } = await verifyAuthenticationResponse({
    response: {
      id: credential.id,
      rawId: credential.id,
      type: 'public-key',
      response: {
        clientDataJSON: credential.clientDataJSON,
        authenticatorData: credential.authenticatorData.toString('base64url'),
        signature: credential.signature.toString('base64url'),
      },
      clientExtensionResults: {},
    },
    expectedChallenge: Buffer.from(challenge).toString('base64url'),
    expectedOrigin: [...policy.origins],
    expectedRPID: policy.rpId,
    expectedType: 'webauthn.get',
    expectedTopOrigin: [],
    requireUserVerification: true,
    credential: { id: credential.id, publicKey: Uint8Array.from(passkey.publicKey), counter: 0 },
  }).catch((cause: unknown) => {
    throw new CeremonyError('SIGNATURE_INVALID', { cause });
  });
  ensure(verified, 'SIGNATURE_INVALID');
}
