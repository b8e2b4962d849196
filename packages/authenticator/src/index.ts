/** A platform authenticator in software, with the part of the browser that speaks to it. It has no security: its keys are in memory. */

export {
  type AskedCreation,
  createSoftwareAuthenticator,
  type SoftwareAuthenticator,
} from './authenticator.ts';
export { type CborValue, encodeCbor } from './cbor.ts';
export {
  basicConstraints,
  buildAttestationRequest,
  CERTIFICATE_DEFAULTS,
  type CertificateAuthority,
  type CertificateExtension,
  type CertificateRequest,
  createCertificateAuthority,
  issueCertificate,
} from './certificates/certificates.ts';
export { bitString, der, integer, name, objectIdentifier, octets, sequence } from './certificates/der.ts';
export type { CeremonyFault, CreateFault, UseFault } from './faults.ts';
export type { AuthenticatorAlgorithm } from './key-pairs.ts';
export { confirmPayment, type PaymentClientData, type PaymentToConfirm } from './payment-confirmation.ts';
export type { AuthenticatorSettings, HeldCredential } from './responses.ts';
export { restoreCredential, type StoredCredential, storeCredential } from './stored-credential.ts';
