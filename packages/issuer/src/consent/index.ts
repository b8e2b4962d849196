/**
 * The consent catalogue and the receipts.
 *
 *     const catalogue = readCatalogue(mergeCatalogue(REFERENCE_CATALOGUE, ownFile), { origin: 'https://bank.example', countries: ['US'] });
 *     const consents = createConsents({ catalogue, store: createPostgresConsentStore(pool), bank: 'Example Bank' });
 *     const { receipt, consent, complianceResources } = await consents.record({ cardholderId, channel: 'WEB', accepted, accounts });
 *     await issuer.startEnrolment({ …, consent, complianceResources });
 */
export { fillText as fill } from '@payment-passkeys/protocol/texts';
export type { AcceptedConsent } from './accepted-consent.ts';
export {
  Catalogue,
  CatalogueChanges,
  CatalogueIndex,
  INELIGIBILITIES,
  type Ineligibility,
  LanguageEntries,
} from './catalogue.ts';
export { type Choice, type ChoiceRules, chooseText, eligibleCountries } from './choice.ts';
export { findGaps } from './completeness.ts';
export { CONSENT_ERRORS, ConsentError, type ConsentErrorCode } from './errors.ts';
export { createMemoryConsentStore } from './memory-receipt-store.ts';
export { CONSENT_MIGRATION, createPostgresConsentStore } from './postgres-receipt-store.ts';
export { CatalogueError, type CatalogueOptions, mergeCatalogue, readCatalogue } from './read-catalogue.ts';
export { CHANNELS, type Channel, type ConsentReceipt } from './receipt.ts';
export type { ConsentStore, ReceiptQuery } from './receipt-store.ts';
export {
  type ConsentArrival,
  type Consents,
  type ConsentsOptions,
  createConsents,
  type RecordedConsent,
} from './receipts.ts';
export { REFERENCE_CATALOGUE } from './reference-catalogue.ts';
export {
  type ConsentTextParts,
  hashText,
  type LegalDocument,
  type Piece,
  type RenderedConsent,
  readConsentText,
  renderConsent,
} from './rendering.ts';
