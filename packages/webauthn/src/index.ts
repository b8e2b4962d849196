/** Whether a WebAuthn ceremony is genuine and meets the payment policy. */
export { type Assertion, type StoredPasskey, verifyAssertion } from './assertion.ts';
export { readCeremony } from './client-data.ts';
export { CEREMONY_ERRORS, CeremonyError, type CeremonyErrorCode } from './errors.ts';
export {
  buildCreationOptions,
  buildRequestOptions,
  type CreationOptions,
  type CredentialDescriptor,
  type KnownCredential,
  type RequestOptions,
} from './options.ts';
export { type AttestationFormat, type CeremonyPolicy, PAYMENT_ALGORITHMS } from './policy.ts';
export { type Registration, verifyRegistration } from './registration.ts';
