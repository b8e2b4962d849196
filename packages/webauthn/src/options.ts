/** The options for the browser, as WebAuthn L3 JSON (§5.1.8, §5.1.9), exactly as contract §2 says. */
import { assertChallenge, assertPolicy, type CeremonyPolicy } from './policy.ts';
import { readTransports, type Transport } from './transports.ts';

const TIMEOUT_MILLISECONDS = 120_000;
const USER_ID_BYTES = 32;

/** A passkey as the network knows it. */
export interface KnownCredential {
  readonly credentialId: Uint8Array;
  /** As the browser sent them at creation. A hint for the browser, never a restriction. Unknown values are not handed out. */
  readonly transports: readonly string[];
}

export interface CredentialDescriptor {
  type: 'public-key';
  id: string;
  transports?: Transport[];
}

/** PublicKeyCredentialCreationOptionsJSON, with the payment extension of Secure Payment Confirmation. */
export interface CreationOptions {
  rp: { id: string; name: string };
  user: { id: string; name: string; displayName: string };
  challenge: string;
  pubKeyCredParams: { type: 'public-key'; alg: number }[];
  timeout: number;
  excludeCredentials: CredentialDescriptor[];
  authenticatorSelection: {
    authenticatorAttachment: 'platform';
    residentKey: 'required';
    requireResidentKey: true;
    userVerification: 'required';
  };
  attestation: 'none' | 'direct';
  extensions: { credProps: true; payment: { isPayment: true } };
}

/** PublicKeyCredentialRequestOptionsJSON. */
export interface RequestOptions {
  rpId: string;
  challenge: string;
  timeout: number;
  userVerification: 'required';
  allowCredentials: CredentialDescriptor[];
}

/** PublicKeyCredentialRequestOptionsJSON without a list of credentials: any passkey of the relying party may answer. */
export type DiscoverableOptions = Omit<RequestOptions, 'allowCredentials'>;

/**
 * Options for `navigator.credentials.create()`. `userId` is 32 random bytes for this one passkey: an authenticator replaces a passkey with
 * the same user id. Asks for a payment passkey, even when the policy would accept less. Throws a TypeError for an invalid policy, challenge
 * or user id.
 */
export function buildCreationOptions(input: {
  readonly policy: CeremonyPolicy;
  readonly challenge: Uint8Array;
  readonly userId: Uint8Array;
  readonly userName: string;
  readonly userDisplayName: string;
  readonly excludeCredentials: readonly KnownCredential[];
}): CreationOptions {
  const { policy, challenge, userId } = input;
  assertPolicy(policy);
  assertChallenge(challenge);
  if (userId.length !== USER_ID_BYTES) throw new TypeError('A user id has 32 bytes.');
  return {
    rp: { id: policy.rpId, name: policy.rpName },
    user: { id: base64Url(userId), name: input.userName, displayName: input.userDisplayName },
    challenge: base64Url(challenge),
    pubKeyCredParams: policy.algorithms.map((alg) => ({ type: 'public-key', alg })),
    timeout: TIMEOUT_MILLISECONDS,
    excludeCredentials: input.excludeCredentials.map(describe),
    authenticatorSelection: {
      authenticatorAttachment: 'platform',
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    },
    attestation: policy.attestation === 'none' ? 'none' : 'direct',
    extensions: { credProps: true, payment: { isPayment: true } },
  };
}

/** PublicKeyCredentialCreationOptionsJSON of a passkey that only signs in: no payment extension, any authenticator. */
export type SignInCreationOptions = Omit<CreationOptions, 'authenticatorSelection' | 'attestation' | 'extensions'> & {
  authenticatorSelection: Omit<CreationOptions['authenticatorSelection'], 'authenticatorAttachment'>;
  attestation: 'none';
  extensions: { credProps: true };
};

/**
 * Options for `navigator.credentials.create()` of a passkey that signs its user in, and approves no payment. Without attestation. Throws as
 * {@link buildCreationOptions} does.
 */
export function buildSignInCreationOptions(input: Parameters<typeof buildCreationOptions>[0]): SignInCreationOptions {
  const { authenticatorSelection, ...options } = buildCreationOptions(input);
  const { authenticatorAttachment: _any, ...selection } = authenticatorSelection;
  return { ...options, authenticatorSelection: selection, attestation: 'none', extensions: { credProps: true } };
}

/**
 * Options for `navigator.credentials.get()`. Throws a TypeError for an invalid policy or challenge, and for an empty `allowCredentials`,
 * which a browser would read as "any passkey".
 */
export function buildRequestOptions(input: {
  readonly policy: CeremonyPolicy;
  readonly challenge: Uint8Array;
  readonly allowCredentials: readonly KnownCredential[];
}): RequestOptions {
  const { allowCredentials } = input;
  if (allowCredentials.length === 0) throw new TypeError('A request names at least one credential.');
  return { ...buildDiscoverableOptions(input), allowCredentials: allowCredentials.map(describe) };
}

/**
 * Options for `navigator.credentials.get()` that any passkey of the relying party may answer: the cardholder chooses one. Throws a TypeError
 * for an invalid policy or challenge.
 */
export function buildDiscoverableOptions(input: {
  readonly policy: CeremonyPolicy;
  readonly challenge: Uint8Array;
}): DiscoverableOptions {
  const { policy, challenge } = input;
  assertPolicy(policy);
  assertChallenge(challenge);
  return {
    rpId: policy.rpId,
    challenge: base64Url(challenge),
    timeout: TIMEOUT_MILLISECONDS,
    userVerification: 'required',
  };
}

function describe({ credentialId, transports: stored }: KnownCredential): CredentialDescriptor {
  const id = base64Url(credentialId);
  const transports = readTransports(stored);
  return transports.length === 0 ? { type: 'public-key', id } : { type: 'public-key', id, transports };
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}
