/** Whether a creation ceremony is genuine and made a payment passkey: WebAuthn L3 §7.1. */
import { verifyRegistrationResponse } from '@simplewebauthn/server';
import { type AttestationObject, checkAttestationStatement, readAttestationObject } from './attestation.ts';
import { checkAuthenticatorData } from './authenticator-data.ts';
import { checkClientData } from './client-data.ts';
import { type ReadRegistration, readRegistrationCredential } from './credential.ts';
import { CeremonyError, ensure } from './errors.ts';
import { type AttestationFormat, assertChallenge, assertPolicy, type CeremonyPolicy } from './policy.ts';
import { checkPublicKey } from './public-key.ts';

/** A passkey as it is to be stored. */
export interface Registration {
  /** 1 to 1,023 bytes. */
  readonly credentialId: Buffer;
  /** COSE_Key, as it came. */
  readonly publicKey: Buffer;
  /** COSE algorithm identifier, one of the policy's. */
  readonly algorithm: number;
  /** 0 to 2³² - 1. */
  readonly signCount: number;
  /** Lower-case UUID. A claim like any other for as long as {@link attestationTrusted} is false. */
  readonly aaguid: string;
  readonly attestationFormat: AttestationFormat;
  /** DER certificates, leaf first; empty without attestation and with self attestation. Verified to no anchor. */
  readonly attestationChain: readonly Buffer[];
  /** Whether the chain ends at an anchor of ours. There are none yet, so it is always false, and so no AAGUID counts. */
  readonly attestationTrusted: boolean;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  /** Hints for later options, at most 8; a claim of the browser's. */
  readonly transports: string[];
  /**
   * Whether the browser said that the passkey is discoverable. False means that it said nothing: one that said no is refused.
   * Of the `payment` extension nothing can be known here: it has no output of its own (Secure Payment Confirmation §5), so whether
   * a passkey works in Secure Payment Confirmation shows when it is used there.
   */
  readonly residentKeyConfirmed: boolean;
}

/**
 * Verifies a RegistrationResponseJSON against the policy and the challenge that the options carried. Throws {@link CeremonyError}, and a
 * TypeError for a faulty policy or challenge. Does not check, because only a store can: that the challenge was not used before
 * (nor is still in time), and that the credential id is not registered yet (§7.1 step 26).
 */
export async function verifyRegistration(input: {
  readonly policy: CeremonyPolicy;
  readonly challenge: Uint8Array;
  readonly credential: unknown;
}): Promise<Registration> {
  const { policy, challenge } = input;
  assertPolicy(policy);
  assertChallenge(challenge);
  const credential = readRegistrationCredential(input.credential);
  checkClientData(credential.clientDataJSON, { type: 'webauthn.create', challenge, policy });
  checkClientClaims(credential);
  const attestation = readAttestationObject(credential.attestationObject);
  const data = checkAuthenticatorData(attestation.authenticatorData, policy);
  const { credentialID, credentialPublicKey, aaguid } = data;
  ensure(credentialID !== undefined && credentialPublicKey !== undefined && aaguid !== undefined, 'MALFORMED');
  ensure(credential.credentialId.equals(credentialID), 'CREDENTIAL_MISMATCH');
  const algorithm = checkPublicKey(credentialPublicKey, policy);
  const { format, chain } = checkAttestationStatement(attestation, algorithm);
  const info = await verifyWithLibrary({ policy, challenge, credential, attestation });
  return {
    credentialId: credential.credentialId,
    publicKey: Buffer.from(credentialPublicKey),
    algorithm,
    signCount: data.counter,
    aaguid: info.aaguid,
    attestationFormat: format,
    attestationChain: chain,
    attestationTrusted: false,
    backupEligible: data.flags.be,
    backedUp: data.flags.bs,
    transports: credential.transports,
    residentKeyConfirmed: credential.residentKey === true,
  };
}

/**
 * What the browser says of the new passkey beside the signed data. It may be silent (browsers without `credProps` are, and then the
 * `required` of the options is what holds), but it may not contradict the options.
 */
function checkClientClaims({ attachment, residentKey }: ReadRegistration): void {
  ensure(attachment === undefined || attachment === null || attachment === 'platform', 'ATTACHMENT_NOT_ALLOWED');
  ensure(residentKey !== false, 'NOT_RESIDENT');
}

/**
 * Every option is given. The library's trust anchors for `packed` are the process's, empty unless somebody sets them, and it reads
 * an empty list as "trusted": hence no trust is taken from its answer.
 */
async function verifyWithLibrary(input: {
  readonly policy: CeremonyPolicy;
  readonly challenge: Uint8Array;
  readonly credential: ReadRegistration;
  readonly attestation: AttestationObject;
}) {
  const { policy, challenge, credential, attestation } = input;
  const refusal = attestation.format === 'none' ? 'MALFORMED' : 'ATTESTATION_INVALID';
  const verified = await verifyRegistrationResponse({
    response: {
      id: credential.id,
      rawId: credential.id,
      type: 'public-key',
      response: {
        clientDataJSON: credential.clientDataJSON,
        attestationObject: credential.attestationObject.toString('base64url'),
      },
      clientExtensionResults: {},
    },
    expectedChallenge: Buffer.from(challenge).toString('base64url'),
    expectedOrigin: [...policy.origins],
    expectedRPID: policy.rpId,
    expectedType: 'webauthn.create',
    requireUserPresence: true,
    requireUserVerification: true,
    supportedAlgorithmIDs: [...policy.algorithms],
    attestationSafetyNetEnforceCTSCheck: true,
  }).catch((cause: unknown) => {
    throw new CeremonyError(refusal, { cause });
  });
  if (!verified.verified) throw new CeremonyError(refusal);
  return verified.registrationInfo;
}
