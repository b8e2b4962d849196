/** Verifies that a creation ceremony is genuine, and that the policy accepts its passkey: WebAuthn L3 §7.1. */
import { readAttestationObject } from './attestation/attestation-object.ts';
import { verifyStatement } from './attestation/statement.ts';
import { judgeAttestation } from './attestation/verdict.ts';
import { checkAuthenticatorData, formatAaguid } from './authenticator-data.ts';
import { checkClientData } from './client-data.ts';
import { type ReadRegistration, readRegistrationCredential } from './credential.ts';
import { ensure } from './errors.ts';
import { type AttestationFormat, assertChallenge, assertPolicy, type CeremonyPolicy } from './policy.ts';
import { readNewKey } from './public-key.ts';
import { sha256 } from './signature.ts';
import type { Transport } from './transports.ts';

/** A passkey to be stored. */
export interface Registration {
  /** 1 to 1,023 bytes. */
  readonly credentialId: Buffer;
  /** COSE_Key, unchanged. */
  readonly publicKey: Buffer;
  /** COSE algorithm identifier, one of the policy's. */
  readonly algorithm: number;
  /** 0 to 2³² - 1. */
  readonly signCount: number;
  /** Lower-case UUID. Only a claim while {@link aaguidVerified} is false. */
  readonly aaguid: string;
  /** Whether a trusted attestation proves the AAGUID. Use the AAGUID for decisions only then. */
  readonly aaguidVerified: boolean;
  readonly attestationFormat: AttestationFormat;
  /** DER certificates, leaf first; empty without attestation and with self attestation. */
  readonly attestationChain: readonly Buffer[];
  /** Whether the chain ends at an anchor of the policy; always false under the attestation policy `none`. */
  readonly attestationTrusted: boolean;
  /** Always true under a policy that requires it. */
  readonly userVerified: boolean;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  /** A claim of the browser; only known values. Hints for later options. */
  readonly transports: Transport[];
  /**
   * Whether the browser said that the passkey is discoverable. False: it said nothing, or it said no and the policy allows that. The `payment`
   * extension has no output (Secure Payment Confirmation §5), so only its use shows whether the passkey works there.
   */
  readonly residentKeyConfirmed: boolean;
}

/**
 * Verifies a RegistrationResponseJSON against the policy and the challenge of the options; certificates must be valid at `now`. Throws
 * {@link CeremonyError}, and a TypeError for an invalid policy or challenge. The caller's store must check that the challenge is unused and
 * in time, and that the credential id is not registered yet (§7.1 step 26).
 */
export async function verifyRegistration(input: {
  readonly policy: CeremonyPolicy;
  readonly challenge: Uint8Array;
  readonly credential: unknown;
  readonly now: Date;
}): Promise<Registration> {
  const { policy, challenge, now } = input;
  assertPolicy(policy);
  assertChallenge(challenge);
  const credential = readRegistrationCredential(input.credential);
  checkClientData(credential.clientData, { type: 'webauthn.create', challenge, policy });
  checkClientClaims(credential, policy);
  const { format, statement, authenticatorData } = readAttestationObject(credential.attestationObject);
  const data = checkAuthenticatorData(authenticatorData, policy);
  const attested = data.credential;
  ensure(attested !== undefined, 'MALFORMED');
  ensure(credential.credentialId.equals(attested.credentialId), 'CREDENTIAL_MISMATCH');
  const publicKey = readNewKey(attested.publicKey, policy.algorithms);
  const clientDataHash = sha256(credential.clientData);
  const ceremony = { policy, data, credential: attested, publicKey, clientDataHash };
  const attestation = verifyStatement(format, { statement, ...ceremony });
  const aaguid = formatAaguid(attested.aaguid);
  const verdict = judgeAttestation(attestation, { policy: policy.attestation, aaguid, at: now });
  return {
    credentialId: credential.credentialId,
    publicKey: Buffer.from(attested.publicKey),
    algorithm: publicKey.algorithm,
    signCount: data.signCount,
    aaguid,
    aaguidVerified: verdict.aaguidVerified,
    attestationFormat: attestation.format,
    attestationChain: attestation.chain.map(({ der }) => der),
    attestationTrusted: verdict.trusted,
    userVerified: data.userVerified,
    backupEligible: data.backupEligible,
    backedUp: data.backedUp,
    transports: credential.transports,
    residentKeyConfirmed: credential.residentKey === true,
  };
}

/**
 * What the browser says about the new passkey outside of the signed data. It may say nothing (browsers without `credProps`; then the
 * `required` of the options holds), but it must not contradict the options.
 */
function checkClientClaims({ attachment, residentKey }: ReadRegistration, policy: CeremonyPolicy): void {
  ensure(policy.attachment === 'any' || attachment !== 'cross-platform', 'ATTACHMENT_NOT_ALLOWED');
  ensure(policy.residentKey === 'optional' || residentKey !== false, 'NOT_RESIDENT');
}
