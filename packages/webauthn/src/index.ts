/** Verifies that a WebAuthn ceremony is genuine and meets the payment policy. */
export { SUPPORTED_ALGORITHMS } from './algorithms.ts';
export { type Assertion, type StoredPasskey, verifyAssertion } from './assertion.ts';
export { type AttestationTrust, buildAnchorTrust, mergeTrust } from './attestation-trust.ts';
export { readCeremony } from './client-data.ts';
export { CEREMONY_ERRORS, CeremonyError, type CeremonyErrorCode } from './errors.ts';
export { type Metadata, type MetadataSource, type MetadataStatus, openMetadata } from './metadata/metadata.ts';
export { METADATA_ERRORS, MetadataError, type MetadataErrorCode } from './metadata/metadata-error.ts';
export {
  buildCreationOptions,
  buildDiscoverableOptions,
  buildRequestOptions,
  buildSignInCreationOptions,
  type CreationOptions,
  type CredentialDescriptor,
  type DiscoverableOptions,
  type KnownCredential,
  type RequestOptions,
  type SignInCreationOptions,
} from './options.ts';
export {
  type ExpectedPayment,
  findPaymentMismatch,
  PAYMENT_MISMATCHES,
  type PaymentMismatch,
  type PaymentVerdict,
  verifyPaymentAssertion,
} from './payment.ts';
export {
  ATTESTATION_FORMATS,
  type AttestationFormat,
  type AttestationPolicy,
  buildPaymentPolicy,
  type CeremonyPolicy,
  PAYMENT_ALGORITHMS,
  type PaymentPolicySettings,
} from './policy.ts';
export { type Registration, verifyRegistration } from './registration.ts';
