/** For tests only: a software authenticator, throwaway databases, one valid builder of each message. */

export {
  basicConstraints,
  buildAttestationRequest,
  CERTIFICATE_DEFAULTS,
  type CertificateAuthority,
  type CertificateExtension,
  type CertificateRequest,
  createCertificateAuthority,
  issueCertificate,
} from './attestation-certificates.ts';
export { bitString, der, integer, name, objectIdentifier, octets, sequence } from './attestation-certificates-der.ts';
export { createSoftwareAuthenticator, type SoftwareAuthenticator } from './authenticator.ts';
export type { CeremonyFault, CreateFault, UseFault } from './authenticator-faults.ts';
export type { AuthenticatorAlgorithm } from './authenticator-keys.ts';
export type { AuthenticatorSettings, HeldCredential } from './authenticator-responses.ts';
export { createTestBrowser, type TestBrowser } from './browser.ts';
export { type CborValue, encodeCbor } from './cbor.ts';
export { createTestClient, type NetworkAddress, type TestAnswer, type TestClient } from './client.ts';
export { createThrowawayDatabase, type ThrowawayDatabaseOptions } from './database.ts';
export { buildGivenCases, catchError, changeField, type GivenCase, type GivenRow } from './given-cases.ts';
export {
  buildInstrumentInfo,
  buildPaymentInfo,
  buildTransaction,
  reportAssertion,
  SHOP_CALLBACK,
  startInstrument,
  startPayment,
  startSessionOf,
  TEST_MERCHANT,
} from './merchant.ts';
export { buildClientRegistration, buildSessionInfo, buildSessionRequest, TEST_PAN } from './messages.ts';
export { confirmPayment, type PaymentClientData, type PaymentToConfirm } from './payment-authenticator.ts';
export { type CollectedSpan, startTraceCollector, type TraceCollector } from './trace-collector.ts';
export { createVerifyingIssuer, type VerifyingIssuer } from './verifying-issuer.ts';
